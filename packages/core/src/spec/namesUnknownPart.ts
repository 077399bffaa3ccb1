import type { PartKind } from '../definition.js';
import type { Registry } from '../registry.js';
import { isMapping } from './issues.js';

/** Whether a spec, not checked yet, names a part that nobody has registered. */
export function namesUnknownPart(spec: unknown, registry: Pick<Registry, 'find'>): boolean {
  if (!isMapping(spec)) return false;
  const isUnknown = (kind: PartKind, name: unknown): boolean => typeof name === 'string' && !registry.find(kind, name);
  const typeIsUnknown = (kind: PartKind, given: unknown): boolean =>
    isUnknown(kind, isMapping(given) ? given['type'] : given);
  /** An encoder may have others among its options. */
  const encoderIsUnknown = (given: unknown): boolean =>
    isMapping(given) && (isUnknown('encoder', given['encoder']) || Object.values(given).some(encoderIsUnknown));
  const headIsUnknown = (head: unknown): boolean =>
    isMapping(head) &&
    (typeIsUnknown('head', head) ||
      typeIsUnknown('loss', head['loss']) ||
      (Array.isArray(head['metrics']) && head['metrics'].some((metric) => isUnknown('metric', metric))));
  const { modalities, fusion, heads, data, training } = spec;
  return (
    (isMapping(modalities) && Object.values(modalities).some(encoderIsUnknown)) ||
    typeIsUnknown('fusion', fusion) ||
    (isMapping(heads) && Object.values(heads).some(headIsUnknown)) ||
    typeIsUnknown('dataset', data) ||
    (isMapping(training) &&
      (typeIsUnknown('optimizer', training['optimizer']) || typeIsUnknown('schedule', training['schedule'])))
  );
}
