// A model that has what a run has and more: modalities and heads declared behind those of the run.
import type { SavedModel } from '../checkpointReader.js';
import type { ShapedValues } from '../contracts/parameters.js';
import type { ResolvedSpec } from '../spec/resolvedSpec.js';
import type { AssetsByPath } from './fitAssets.js';

type Parts = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The run that a model grew from. */
export class GrownFrom {
  private readonly modalities: Parts;
  private readonly heads: Parts;

  /** @param spec - of the model */
  constructor(
    private readonly saved: Pick<SavedModel, 'spec' | 'assets'>,
    private readonly spec: Pick<ResolvedSpec, 'modalities' | 'heads'>,
  ) {
    const { modalities = {}, heads = {} } = saved.spec as { modalities?: Parts; heads?: Parts };
    this.modalities = modalities;
    this.heads = heads;
  }

  /** The run's vocabularies and labels, of the parts that the model has too. */
  get assets(): AssetsByPath {
    const { modalities, heads } = this.spec;
    const stays = (path: string): boolean => {
      const [kind, name = ''] = path.split('.');
      return kind === 'modalities'
        ? modalities[name]?.type === this.modalities[name]?.['encoder']
        : heads[name]?.type === this.heads[name]?.['type'];
    };
    return Object.fromEntries(Object.entries(this.saved.assets).filter(([path]) => stays(path)));
  }

  /** Whether a parameter belongs to a modality or head that the run lacks. */
  isNew(path: string): boolean {
    const [kind, ...names] = path.split('.');
    if (kind === 'heads' && !Object.hasOwn(this.heads, names[0] ?? '')) return true;
    const { modalities } = this.spec;
    return names.some((name) => Object.hasOwn(modalities, name) && !Object.hasOwn(this.modalities, name));
  }
}

/**
 * Values of an array that is longer along one axis: those given first, zeros behind them, since what is new stands last.
 * Undefined where the shapes differ otherwise.
 */
export function widen({ shape: given, values }: ShapedValues, shape: readonly number[]): ShapedValues | undefined {
  const differing = shape.flatMap((size, axis) => (size === given[axis] ? [] : [axis]));
  const [axis] = differing;
  if (given.length !== shape.length || axis === undefined || differing.length > 1) return undefined;
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const [from, to] = [(given[axis] ?? 0) * inner, (shape[axis] ?? 0) * inner];
  if (from > to) return undefined;
  const widened = new Float32Array(shape.reduce((product, size) => product * size, 1));
  for (let block = 0; block * from < values.length; block++) {
    widened.set(values.subarray(block * from, (block + 1) * from), block * to);
  }
  return { shape, values: widened };
}
