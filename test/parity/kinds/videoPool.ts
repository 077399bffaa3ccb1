// The kind `video_pool`: a picture's pooling to H×W, then video's pooling over time to T, against PyTorch's to T×H×W.
// Compared: tokens, and the gradient of sum(tokens · values('probe', shape, 1)) with respect to the frames' maps.
// Shapes: B videos, F frames, C channels, h and w of a map, T steps, N tokens of a frame.
import { adaptivePool2d } from '@tessera/layers';
import { poolFrames, timeBins } from '@tessera/video';
import { grad, mul, ones, reshape, sum, tensor, tensor3d, transpose, type Tensor } from '@tensorflow/tfjs-core';
import { valuesOf } from '../formula.js';
import { errorOf, type Check, type Fixture, type FullRecord } from '../records.js';
import { got } from '../tensors.js';
import { poolKindOf } from './adaptivePool.js';

interface VideoPoolCase {
  /** [B, F, C, h, w] */
  readonly maps: readonly [number, number, number, number, number];
  /** [T, H, W] */
  readonly grid: readonly [number, number, number];
  readonly kind: string;
  readonly output: FullRecord;
  readonly grad: FullRecord;
}

/** A file of this kind. */
export interface VideoPoolFixture extends Fixture {
  readonly cases: readonly VideoPoolCase[];
}

/** Runs a fixture of pooling over time on the current backend. */
export async function videoPoolChecks(fixture: VideoPoolFixture): Promise<Check[]> {
  const checks: Check[] = [];
  for (const poolCase of fixture.cases) checks.push(...(await caseChecks(poolCase, fixture)));
  return checks;
}

async function caseChecks(
  { maps: shape, grid, kind, output, grad: gradient }: VideoPoolCase,
  { name_prefix: prefix, tolerance }: VideoPoolFixture,
): Promise<Check[]> {
  const [videos, frames, channels, height, width] = shape;
  const [steps, rows, columns] = grid;
  const lengths = new Array<number>(videos).fill(frames);
  const bins = tensor3d(timeBins(lengths, frames, steps), [videos, steps, frames]);
  const pool = (maps: Tensor): Tensor => {
    const pictures = transpose(reshape(maps, [videos * frames, channels, height, width]), [0, 2, 3, 1]);
    const regions = adaptivePool2d(pictures, [rows, columns], poolKindOf(kind));
    const tokens = reshape(regions, [videos * frames, rows * columns, channels]) as never;
    return poolFrames({ tokens, mask: ones([videos * frames, rows * columns]) }, bins, poolKindOf(kind)).tokens;
  };
  const maps = tensor(valuesOf(`${prefix}maps`, shape, 1), [...shape]);
  const probe = tensor(valuesOf(`${prefix}probe`, output.shape, 1), [...output.shape]);
  const slope = grad((x: Tensor) => sum(mul(pool(x), probe)))(maps);
  const what = `${kind} of ${shape.join('x')} to ${grid.join('x')}`;
  return [
    { what, error: errorOf(await got(pool(maps)), output), tolerance },
    { what: `${what} gradient`, error: errorOf(await got(slope), gradient), tolerance },
  ];
}
