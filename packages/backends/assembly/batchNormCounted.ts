// Statistics of batch normalisation over the rows that count, by their shares.
import { CHUNK } from './batchNormWide';
import { loadLeft, storeLeft } from './math';

/**
 * Mean, biased variance and 1/√(variance + epsilon) of every channel over rows by their `shares`, whose sum is 1; the
 * running ones where `any` points to 0. `work` holds a row.
 */
export function countedStatistics(
  x: usize,
  shares: usize,
  any: usize,
  runningMean: usize,
  runningVariance: usize,
  rows: i32,
  channels: i32,
  epsilon: f32,
  mean: usize,
  variance: usize,
  inverseStd: usize,
  work: usize,
): void {
  const bytes: usize = <usize>channels << 2;
  if (load<f32>(any) == 0) {
    memory.copy(mean, runningMean, bytes);
    memory.copy(variance, runningVariance, bytes);
  } else {
    sumByShares(x, shares, rows, channels, 0, mean, work);
    sumByShares(x, shares, rows, channels, mean, variance, work);
  }
  for (let c: usize = 0; c < bytes; c += 4) {
    store<f32>(inverseStd + c, <f32>1 / sqrt<f32>(load<f32>(variance + c) + epsilon));
  }
}

/** total = Σ share·x over rows, or Σ share·(x - mean)² where `mean` is not 0. */
function sumByShares(x: usize, shares: usize, rows: i32, channels: i32, mean: usize, total: usize, part: usize): void {
  const bytes: usize = <usize>channels << 2;
  memory.fill(total, 0, bytes);
  for (let first = 0; first < rows; first += CHUNK) {
    memory.fill(part, 0, bytes);
    const count = min(CHUNK, rows - first);
    for (let i = 0; i < count; i++, x += bytes, shares += 4) {
      const share = load<f32>(shares);
      if (share != 0) addRow(x, f32x4.splat(share), channels, mean, part);
    }
    addRow(part, f32x4.splat(1), channels, 0, total);
  }
}

@inline
function addRow(x: usize, share: v128, channels: i32, mean: usize, total: usize): void {
  for (let c = 0; c < channels; c += 4) {
    const o: usize = <usize>c << 2;
    const width = channels - c;
    let value = loadLeft(x + o, width);
    if (mean) {
      value = f32x4.sub(value, loadLeft(mean + o, width));
      value = f32x4.mul(value, value);
    }
    storeLeft(total + o, f32x4.add(loadLeft(total + o, width), f32x4.mul(value, share)), width);
  }
}
