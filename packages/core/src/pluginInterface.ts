// Plugins and the framework are installed apart, so each says which version of the contracts it was written for: `major`
// changes where a part that was sound would break, `minor` where something new may be used.
import type { Plugin } from './definition.js';

/** Version of the contracts in this package, `major.minor`: what {@link definePlugin} marks a plugin with. */
export const pluginInterface = '1.0';

type Version = readonly [major: number, minor: number];

/** Where versions begin that a range does not take any more, and where those that it takes begin. */
interface Span {
  readonly from: Version;
  readonly below: Version;
}

const all: Span = { from: [0, 0], below: [Infinity, 0] };

/**
 * Whether a range of versions takes one of them; undefined where the range cannot be read. `1`, `1.x`, `1.2`, `^1.2`,
 * `~1.2`, `>=1.2 <3`, `*`, and several of them with `||` between; a third number does not count.
 */
export function satisfiesInterface(range: string, version = pluginInterface): boolean | undefined {
  const given = numbersOf(version);
  const alternatives = range.split('||').map((part) =>
    part
      .trim()
      .replace(/([<>=^~]) +/g, '$1')
      .split(/\s+/)
      .map(spanOf),
  );
  if (alternatives.some((spans) => spans.some((span) => span === undefined))) return undefined;
  return alternatives.some((spans) =>
    spans.every((span) => span !== undefined && !isBefore(given, span.from) && isBefore(given, span.below)),
  );
}

/** What is wrong with the interface that a plugin was defined with; undefined where it fits. */
export function interfaceFault({ interface: own }: Plugin): string | undefined {
  if (own === undefined || satisfiesInterface(`^${own}`)) return undefined;
  const older = isBefore(numbersOf(own), numbersOf(pluginInterface)) ? 'the plugin' : 'tessera';
  return (
    `a plugin must be of an interface that is known here, ${pluginInterface}, got interface=${own}. ` +
    `Update ${older}.`
  );
}

function spanOf(text: string): Span | undefined {
  const found = /^(\^|~|>=|>|<=|<|=)?v?(\d+|[x*])(?:\.(\d+|[x*]))?(?:\.[\dx*]+)?$/.exec(text);
  if (!found) return undefined;
  const [, sign = '', majorText = '', minorText] = found;
  const [major, minor] = [Number(majorText), Number(minorText ?? Number.NaN)];
  if (Number.isNaN(major)) return all;
  const open = Number.isNaN(minor);
  const from: Version = [major, open ? 0 : minor];
  const nextMajor: Version = [major + 1, 0];
  const next: Version = open ? nextMajor : [major, minor + 1];
  switch (sign) {
    case '^':
      return { from, below: nextMajor };
    case '>=':
      return { from, below: all.below };
    case '>':
      return { from: next, below: all.below };
    case '<':
      return { from: all.from, below: from };
    case '<=':
      return { from: all.from, below: next };
    default:
      return { from, below: next };
  }
}

function numbersOf(version: string): Version {
  const [major = Number.NaN, minor = 0] = version.split('.').map(Number);
  return [major, minor];
}

const isBefore = (a: Version, b: Version): boolean => a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
