// Shapes: B batch.
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { Head } from '../contracts/objective.js';
import type { BatchTensors } from '../contracts/tokens.js';

/** One sample after the encoders prepared it. */
export interface PreparedSample {
  readonly id: string;
  /** Prepared input by modality; an absent modality is left out. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Raw label by head; a head without a label is left out. */
  readonly targets: Readonly<Record<string, unknown>>;
  readonly origin: string;
  /** What the sample is a draw of, if it is one of several. */
  readonly group?: string;
}

/**
 * A sample's raw target for a head: its label, or what the head makes of the sample; undefined where it has none.
 * @param inputs - its prepared inputs, without those that are masked out
 */
export function sampleTarget(head: Head, name: string, sample: PreparedSample, inputs = sample.inputs): unknown {
  if (!head.targetOf) return sample.targets[name];
  const present = new Set(Object.keys(inputs).filter((modality) => inputs[modality] !== undefined));
  return head.targetOf({ id: sample.id, present, ...(sample.group !== undefined && { group: sample.group }) });
}

/** A batch as tensors. Owns them. */
export interface Batch {
  /** B. */
  readonly size: number;
  /** Encoder inputs by modality. */
  readonly inputs: Readonly<Record<string, BatchTensors>>;
  /** [B] by modality: 1 where the modality takes part, 0 where it is absent or masked out. */
  readonly present: Readonly<Record<string, Tensor1D>>;
  /** Targets by head: [B] int32 or [B, C] float32. Empty in prediction. */
  readonly targets: Readonly<Record<string, Tensor>>;
  /** [B] by head: 1 where the sample has a label. */
  readonly labelled: Readonly<Record<string, Tensor1D>>;
}

/** All tensors of a batch with stable names, in stable order: the feeds of a captured step. */
export function batchTensors(batch: Batch): readonly (readonly [name: string, tensor: Tensor])[] {
  return [
    ...Object.entries(batch.inputs).flatMap(([modality, tensors]) =>
      Object.entries(tensors).map(([name, tensor]) => [`inputs.${modality}.${name}`, tensor] as const),
    ),
    ...(['present', 'targets', 'labelled'] as const).flatMap((group) =>
      Object.entries(batch[group]).map(([name, tensor]) => [`${group}.${name}`, tensor as Tensor] as const),
    ),
  ];
}

/** Frees a batch's tensors. */
export function disposeBatch(batch: Batch): void {
  for (const [, tensor] of batchTensors(batch)) tensor.dispose();
}
