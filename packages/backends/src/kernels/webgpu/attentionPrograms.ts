// Attention as programs for a tile of queries (or keys) of one head each. Scores stay in the buffer of the probabilities,
// so that their number has no limit. Legend: B batch, Q queries, S keys, H heads, K headSize, T rows of a tile, L threads
// that share a row.
import { seeded, randomFunctions, type SeededProgram } from './elementwiseKernels.js';
import { floats, perVariant, reduction, type WgslProgram, type WgslType } from './wgslProgram.js';

const THREADS = 128;

/** Rows of a tile: what fits into 8 KiB of a workgroup's memory, eight at most. */
export function tileRows(headSize: number): number {
  let rows = 8;
  while (rows > 1 && rows * headSize > 2048) rows /= 2;
  return rows;
}

/** What programs differ in. */
export interface AttentionVariant {
  readonly headSize: number;
  readonly drops: boolean;
  /** Element type of the mask, where there is one. */
  readonly mask?: WgslType;
}

const sizes = { batches: 'u32', heads: 'u32', queries: 'u32', keys: 'u32', scale: 'f32' } as const;

const functions = (tile: number, headSize: number): string => {
  const shared = { threads: THREADS, width: THREADS / tile };
  return `
var<workgroup> rowTile: array<f32, ${tile * headSize}>;
${reduction({ ...shared, name: 'maxOfRow', join: (a, b) => `max(${a}, ${b})` })}
${reduction({ ...shared, name: 'sumOfRow', join: (a, b) => `${a} + ${b}` })}
${randomFunctions}`;
};

/** Where a workgroup is: `first` row of `rows` (queries or keys), `head`, `batch`, and the offset of the head's columns. */
const place = (tile: number, headSize: number, rows: 'queries' | 'keys'): string => `
  let tiles = (u.${rows} + ${tile - 1}u) / ${tile}u;
  let first = block % tiles * ${tile}u;
  let head = block / tiles % u.heads;
  let batch = block / tiles / u.heads;
  if (batch >= u.batches) { return; }
  let width = u.heads * ${headSize}u;
  let column = head * ${headSize}u;
  let headRow = (batch * u.heads + head) * u.queries; // row of [B·H·Q, S]`;

/** Copies the tile's rows of a query-like array into the workgroup's memory. */
const loadTile = (name: string, tile: number, headSize: number): string => `
  for (var e = lane; e < ${tile * headSize}u; e += ${THREADS}u) {
    let row = min(first + e / ${headSize}u, u.queries - 1u);
    rowTile[e] = ${name}[(batch * u.queries + row) * width + column + e % ${headSize}u];
  }
  workgroupBarrier();`;

/**
 * Writes the products of the tile's rows with every row of a key-like array into `to`. The sums are set to zero in so many
 * words: without, SwiftShader goes on with those of the round before.
 */
const multiplyTile = (name: string, to: string, factor: string, [tile, headSize]: [number, number]): string => `
  for (var s = lane; s < u.keys; s += ${THREADS}u) {
    let at = (batch * u.keys + s) * width + column;
    var sums = array<f32, ${tile}>();
    for (var c = 0u; c < ${headSize}u; c++) {
      let value = ${name}[at + c];
      for (var r = 0u; r < ${tile}u; r++) { sums[r] += value * rowTile[r * ${headSize}u + c]; }
    }
    for (var r = 0u; r < ${tile}u; r++) {
      if (first + r < u.queries) { ${to}[(headRow + first + r) * u.keys + s] = sums[r] * ${factor}; }
    }
  }
  storageBarrier();
  workgroupBarrier();`;

/** From here each thread is one of L that share a row; threads of rows beyond the last see no keys. */
const shareRow = (tile: number): string => `
  let row = first + lane / ${THREADS / tile}u;
  let part = lane % ${THREADS / tile}u;
  let start = (headRow + row) * u.keys;
  let end = select(0u, u.keys, row < u.queries);`;

const overKeys = (tile: number, body: string): string =>
  `for (var s = part; s < end; s += ${THREADS / tile}u) { ${body} }`;

/** Weighted sums of the rows of a key-like array: `to` [B, Q, H·K] from `weights` [B·H·Q, S]. */
const mixRows = (weights: string, name: string, to: string, [tile, headSize]: [number, number]): string => `
  storageBarrier();
  workgroupBarrier();
  for (var e = lane; e < ${tile * headSize}u; e += ${THREADS}u) {
    let query = first + e / ${headSize}u;
    if (query >= u.queries) { break; }
    let c = column + e % ${headSize}u;
    var total = 0.0;
    for (var s = 0u; s < u.keys; s++) {
      total += ${weights}[(headRow + query) * u.keys + s] * ${name}[(batch * u.keys + s) * width + c];
    }
    ${to}[(batch * u.queries + query) * width + c] = total;
  }`;

const KEPT = 'select(0.0, u.factor, uniformAt(start + s, SEED) >= u.rate)';

const dropoutUniforms = (drops: boolean): Record<string, WgslType> => (drops ? { rate: 'f32', factor: 'f32' } : {});

const suffix = ({ headSize, drops, mask }: AttentionVariant): string =>
  `${headSize}${drops ? 'Dropping' : ''}${mask ?? ''}`;

/** Context, probabilities and, with dropout, the probabilities that were kept; of q, k, v and the mask. */
export const forwardProgram = perVariant((variant: AttentionVariant): SeededProgram => {
  const { headSize, drops, mask } = variant;
  const tile = tileRows(headSize);
  const shape: [number, number] = [tile, headSize];
  const real = mask ? `mask[batch * u.keys + s] != ${mask}(0)` : 'true';
  return seeded({
    name: `attention${suffix(variant)}`,
    outputs: ['context', 'probabilities', ...(drops ? ['kept'] : [])],
    inputs: { ...floats('q', 'k', 'v'), ...(mask ? { mask } : {}) },
    uniforms: { ...sizes, ...dropoutUniforms(drops) },
    threads: THREADS,
    functions: functions(tile, headSize),
    body: `
  ${place(tile, headSize, 'queries')}
  ${loadTile('q', tile, headSize)}
  ${multiplyTile('k', 'probabilities', 'u.scale', shape)}
  ${shareRow(tile)}
  var best = -3.4e38;
  ${overKeys(tile, `if (${real}) { best = max(best, probabilities[start + s]); }`)}
  best = maxOfRow(best, lane);
  var sum = 0.0;
  ${overKeys(tile, `let e = select(0.0, exp(probabilities[start + s] - best), ${real}); probabilities[start + s] = e; sum += e;`)}
  sum = sumOfRow(sum, lane);
  let share = select(0.0, 1.0 / sum, sum > 0.0);
  ${overKeys(
    tile,
    `let p = probabilities[start + s] * share; probabilities[start + s] = p; ${drops ? `kept[start + s] = p * ${KEPT};` : ''}`,
  )}
  ${mixRows(drops ? 'kept' : 'probabilities', 'v', 'context', shape)}`,
  });
});

/** dq, the scores' gradient [B·H·Q, S] and, with dropout, the kept probabilities; of dy, k, v and the probabilities. */
export const queryGradientProgram = perVariant((variant: AttentionVariant): SeededProgram => {
  const { headSize, drops } = variant;
  const tile = tileRows(headSize);
  const shape: [number, number] = [tile, headSize];
  return seeded({
    name: `attentionQueryGradient${suffix(variant)}`,
    outputs: ['dq', 'dScores', ...(drops ? ['kept'] : [])],
    inputs: floats('dy', 'k', 'v', 'probabilities'),
    uniforms: { ...sizes, ...dropoutUniforms(drops) },
    threads: THREADS,
    functions: functions(tile, headSize),
    body: `
  ${place(tile, headSize, 'queries')}
  ${loadTile('dy', tile, headSize)}
  ${multiplyTile('v', 'dScores', '1.0', shape)}
  ${shareRow(tile)}
  var weighted = 0.0;
  ${overKeys(
    tile,
    drops
      ? `let factor = ${KEPT};
    kept[start + s] = probabilities[start + s] * factor;
    let d = dScores[start + s] * factor;
    dScores[start + s] = d;
    weighted += d * probabilities[start + s];`
      : 'weighted += dScores[start + s] * probabilities[start + s];',
  )}
  weighted = sumOfRow(weighted, lane);
  ${overKeys(tile, 'dScores[start + s] = probabilities[start + s] * (dScores[start + s] - weighted) * u.scale;')}
  ${mixRows('dScores', 'k', 'dq', shape)}`,
  });
});

/** dk and dv of the scores' gradient, the kept probabilities, q and dy. */
export const keyGradientProgram = perVariant(({ headSize }: { headSize: number }): WgslProgram => {
  const tile = tileRows(headSize);
  return {
    name: `attentionKeyGradient${headSize}`,
    outputs: ['dk', 'dv'],
    inputs: floats('dScores', 'kept', 'q', 'dy'),
    uniforms: sizes,
    threads: THREADS,
    body: `
  ${place(tile, headSize, 'keys')}
  for (var e = lane; e < ${tile * headSize}u; e += ${THREADS}u) {
    let key = first + e / ${headSize}u;
    if (key >= u.keys) { break; }
    let c = column + e % ${headSize}u;
    var toKey = 0.0;
    var toValue = 0.0;
    for (var row = 0u; row < u.queries; row++) {
      let at = (headRow + row) * u.keys + key;
      let source = (batch * u.queries + row) * width + c;
      toKey += dScores[at] * q[source];
      toValue += kept[at] * dy[source];
    }
    dk[(batch * u.keys + key) * width + c] = toKey;
    dv[(batch * u.keys + key) * width + c] = toValue;
  }`,
  };
});
