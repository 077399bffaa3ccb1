// The part of Python's version specifiers (PEP 440) that TensorFlow's requirements use, for releases made of numbers.
import { compareVersions } from './wheelName.js';

/** The numbers of a release; undefined for pre-releases and the like, which are never chosen. */
export const parseRelease = (version: string): readonly number[] | undefined =>
  /^\d+(\.\d+)*(\.post\d+)?$/.test(version) ? version.replace('post', '').split('.').map(Number) : undefined;

/** Whether a version satisfies a list such as `<13.0,>=12.5.3.2`; an empty list allows all. */
export function satisfies(version: string, range: string): boolean {
  const release = parseRelease(version);
  if (!release) return false;
  return range
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
    .every((part) => fulfils(release, part));
}

function fulfils(release: readonly number[], part: string): boolean {
  const [, operator, text = ''] = /^(~=|==|!=|<=|>=|<|>)\s*(.+)$/.exec(part) ?? [];
  const prefix = text.endsWith('.*');
  const wanted = parseRelease(prefix ? text.slice(0, -2) : text);
  if (!wanted) return false;
  const compared = compareVersions(prefix ? release.slice(0, wanted.length) : release, wanted);
  switch (operator) {
    case '==':
      return compared === 0;
    case '!=':
      return compared !== 0;
    case '<=':
      return compared <= 0;
    case '>=':
      return compared >= 0;
    case '<':
      return compared < 0;
    case '>':
      return compared > 0;
    case '~=':
      return compared >= 0 && compareVersions(release.slice(0, wanted.length - 1), wanted.slice(0, -1)) === 0;
    default:
      return false;
  }
}
