// The kind `adaptive_pool`: layers' adaptivePool2d on maps of any size. Compared: every case's output, and the gradient
// of sum(output · values('probe', shape, 1)) with respect to the map. Shapes: N maps, G cells of the grid, C channels.
import {
  grad,
  mul,
  reshape,
  sum,
  tensor,
  tensor4d,
  transpose,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { adaptivePool2d, type PoolKind } from '@tessera/layers';
import { valuesOf } from '../formula.js';
import { errorOf, type Check, type Fixture, type FullRecord } from '../records.js';
import { got } from '../tensors.js';

interface PoolCase {
  /** Name of the map's values. */
  readonly map: string;
  /** NCHW. */
  readonly map_shape: readonly [number, number, number, number];
  readonly grid: readonly [number, number];
  readonly kind: string;
  readonly output: FullRecord;
  readonly grad: FullRecord;
}

/** A file of this kind. */
export interface AdaptivePoolFixture extends Fixture {
  readonly cases: readonly PoolCase[];
}

/** Runs a pooling fixture on the current backend. */
export async function adaptivePoolChecks(fixture: AdaptivePoolFixture): Promise<Check[]> {
  const checks: Check[] = [];
  for (const poolCase of fixture.cases) checks.push(...(await caseChecks(poolCase, fixture)));
  return checks;
}

async function caseChecks(
  { map, map_shape: mapShape, grid, kind, output, grad: gradient }: PoolCase,
  { name_prefix: prefix, tolerance }: AdaptivePoolFixture,
): Promise<Check[]> {
  const [batch, channels] = mapShape;
  const cells = grid[0] * grid[1];
  // NCHW → [N, G, C]
  const pool = (maps: Tensor): Tensor =>
    reshape(adaptivePool2d(transpose(maps, [0, 2, 3, 1]), grid, poolKindOf(kind)), [batch, cells, channels]);
  const x: Tensor4D = tensor4d(valuesOf(`${prefix}${map}`, mapShape, 1), [...mapShape]);
  const probe = tensor(valuesOf(`${prefix}probe`, output.shape, 1), [...output.shape]);
  const what = `${kind} ${mapShape.slice(2).join('x')} to ${grid.join('x')}`;
  return [
    { what, error: errorOf(await got(pool(x)), output), tolerance },
    {
      what: `${what} gradient`,
      error: errorOf(await got(grad((maps: Tensor) => sum(mul(pool(maps), probe)))(x)), gradient),
      tolerance,
    },
  ];
}

/** The pooling that a name of the fixtures stands for. Throws for any but `avg` and `max`. */
export function poolKindOf(kind: string): PoolKind {
  if (kind === 'avg') return 'average';
  if (kind === 'max') return 'max';
  throw new Error(`not understood: pooling "${kind}".`);
}
