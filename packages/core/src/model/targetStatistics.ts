// How often each output of a head occurs in the training data. Kept among the head's assets, so that a loss with weights
// of the training data is the same for a saved model.
import type { Split } from '../contracts/dataset.js';
import type { Head, TargetStatistics } from '../contracts/objective.js';
import type { Assets } from '../definition.js';
import { DataError } from '../errors.js';

/** Asset that holds a head's {@link TargetStatistics} as JSON. */
export const targetStatisticsFile = 'target-statistics.json';

/**
 * Counts a head's training targets.
 * @throws DataError that names the row of a label which the head does not take
 */
export function countTargets(head: Head, name: string, split: Split): TargetStatistics {
  const counts = new Array<number>(head.numOutputs).fill(0);
  let numSamples = 0;
  for (let i = 0; i < split.length; i++) {
    const { targets, origin } = split.sample(i);
    if (targets[name] === undefined) continue;
    numSamples += 1;
    const row = encode(head, targets[name], `${origin}, ${name}`);
    if (head.targetKind === 'class-index') counts[row[0] ?? 0] = (counts[row[0] ?? 0] ?? 0) + 1;
    else if (head.targetKind === 'multi-hot') row.forEach((value, i) => (counts[i] = (counts[i] ?? 0) + value));
  }
  return { numSamples, counts };
}

function encode(head: Head, target: unknown, where: string): readonly number[] {
  try {
    return head.encodeTarget(target);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new DataError(`${where}: ${error.message}`, { cause: error });
  }
}

/** The statistics that a saved model's assets hold; empty ones where there are none. */
export function savedStatistics(assets: Assets | undefined): TargetStatistics {
  const json = assets?.[targetStatisticsFile];
  return json === undefined ? { numSamples: 0, counts: [] } : (JSON.parse(json) as TargetStatistics);
}
