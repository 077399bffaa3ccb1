// Weights of a loss by output, from a list, names, or the training data. Shapes: C classes or outputs.
import { tensor1d, type Tensor1D } from '@tensorflow/tfjs-core';
import { SpecError, suggestName, type LossContext, type TargetStatistics } from '@tessera/core';
import { z } from 'zod';

/** Weights as a spec gives them. */
export type GivenWeights = readonly number[] | Readonly<Record<string, number>>;

/** Schema of {@link GivenWeights}: one for each output in order, or by label. */
export const weightsSchema = z.union([z.array(z.number().min(0)), z.record(z.string(), z.number().min(0))]);

/** A weight for each output. */
export class OutputWeights {
  private constructor(
    private readonly values: readonly number[] | undefined,
    private readonly where: string,
  ) {}

  /**
   * Checks weights against the outputs of a head; a label that is left out of a record gets 1.
   * @param option - name of the option, for messages
   * @throws SpecError for a list of another length or a label that the head lacks
   */
  static given(given: GivenWeights, { path, labels, numOutputs }: LossContext, option: string): OutputWeights {
    const where = `${path}.${option}`;
    if (isList(given)) {
      if (given.length === numOutputs) return new OutputWeights(given, where);
      const message = `must have one weight for each of ${numOutputs} outputs (${labels.join(', ')}), got ${given.length}. Give as many, or a mapping from labels to weights.`;
      throw new SpecError([{ path: where, message }]);
    }
    const unknown = Object.keys(given).filter((label) => !labels.includes(label));
    if (unknown.length > 0) {
      throw new SpecError(
        unknown.map((label) => ({ path: where, message: `unknown label "${label}". ${suggestName(label, labels)}` })),
      );
    }
    return new OutputWeights(
      labels.map((label) => (Object.hasOwn(given, label) ? (given[label] ?? 1) : 1)),
      where,
    );
  }

  /** Weights from how often each output occurs in the training data; 1 for one that never does. */
  static fromCounts(
    { path, statistics }: LossContext,
    option: string,
    weight: (count: number, statistics: TargetStatistics) => number,
  ): OutputWeights {
    const { counts } = statistics;
    const values = counts.map((count) => (count > 0 ? weight(count, statistics) : 1));
    return new OutputWeights(counts.length > 0 ? values : undefined, `${path}.${option}`);
  }

  /** [C] float32, the caller's. Throws SpecError for weights from training data that was not at hand. */
  tensor(): Tensor1D {
    if (this.values) return tensor1d([...this.values], 'float32');
    const message =
      'auto takes the weights from the training data, got none. Build the model with its training split, or give numbers.';
    throw new SpecError([{ path: this.where, message }]);
  }
}

const isList = (given: GivenWeights): given is readonly number[] => Array.isArray(given);
