import { hashText, RandomSource, type PreparedSample, type Sample, type Split } from '@tessera/core';
import { prefetch, type Prefetch } from './prefetch.js';

/** The part of a model that prepares samples. */
export interface SamplePreparer {
  prepare(sample: Sample, options?: { augmentationSeed?: number }): Promise<PreparedSample>;
}

/** How samples are prepared. */
export interface BatchOptions {
  /** The most samples in a batch. */
  readonly batchSize: number;
  /** The most batches in preparation or waiting. */
  readonly ahead: number;
  /** In training: alternatives and augmentation are drawn for this seed and epoch. Left out: neither. */
  readonly augmentation?: { readonly seed: number; readonly epoch: number };
  /** The most samples in preparation at a time; all of the batches under way if left out. */
  readonly concurrency?: number;
}

/**
 * Prepares the samples of an order batch by batch, ahead of their use. What is drawn for a sample depends on seed, epoch
 * and its index only, not on batch or timing.
 * @throws RangeError for a batch size or concurrency below 1; while iterating, what `prepare` throws.
 */
export function prepareBatches(
  model: SamplePreparer,
  split: Split,
  order: readonly number[],
  options: BatchOptions,
): Prefetch<readonly PreparedSample[]> {
  const { batchSize, ahead, concurrency = batchSize * ahead } = options;
  requirePositive('batchSize', batchSize);
  requirePositive('concurrency', concurrency);
  const batches = chunked(order, batchSize);
  const limited = limiter(concurrency);
  return prefetch(
    {
      length: batches.length,
      produce: (number, signal) =>
        allOrFirstError(
          (batches[number] ?? []).map((index) =>
            limited(async () => {
              signal.throwIfAborted();
              return prepareOne(model, split, index, options);
            }),
          ),
        ),
    },
    { ahead },
  );
}

function prepareOne(
  model: SamplePreparer,
  split: Split,
  index: number,
  { augmentation }: BatchOptions,
): Promise<PreparedSample> {
  const sample = split.sample(index);
  if (!augmentation) return model.prepare(sample);
  const draw = `${augmentation.seed}:${augmentation.epoch}:${index}`;
  return model.prepare(
    { ...sample, inputs: drawInputs(sample, draw) },
    { augmentationSeed: hashText(`augment:${draw}`) },
  );
}

/** The sample's inputs, each replaced by one of its alternatives with equal chance for all. */
function drawInputs({ inputs, alternatives = {} }: Sample, draw: string): Sample['inputs'] {
  const drawn = Object.entries(alternatives).map(([modality, others]): [string, unknown] => {
    const choices = modality in inputs ? [inputs[modality], ...others] : others;
    return [modality, choices[new RandomSource(`alternative:${draw}:${modality}`).integer(choices.length)]];
  });
  return { ...inputs, ...Object.fromEntries(drawn) };
}

/** Waits for all, so that nothing goes on behind the caller, then throws what the first in order threw. */
async function allOrFirstError<T>(tasks: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(tasks);
  return Promise.all(tasks);
}

/** Runs tasks in the order they come, at most `limit` at a time. */
function limiter(limit: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running >= limit) await new Promise<void>((resume) => waiting.push(resume));
    else running += 1;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}

const chunked = (order: readonly number[], size: number): number[][] =>
  Array.from({ length: Math.ceil(order.length / size) }, (_, i) => order.slice(i * size, (i + 1) * size));

function requirePositive(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new RangeError(`prepareBatches: ${name} must be a whole number of at least 1, got ${name}=${value}.`);
}
