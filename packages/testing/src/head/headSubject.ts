// Shapes: B batch, C outputs, W pooled width, S joined sequence.
import { ones, type Tensor2D } from '@tensorflow/tfjs-core';
import type { AnyDefinition, Assets, FusedState, Head, ParameterStore } from '@tessera/core';
import { randomTensor } from '../checks/tensorReading.js';
import { checkedOptions, createIn, homeOf, type Fault, type TrainedSetting } from '../parts/partSetting.js';

/** How a head is tried. */
export interface HeadCase extends TrainedSetting {
  /** Three raw labels or more, that stand for different targets. */
  readonly targets: readonly unknown[];
  /** Reads the raw label, or one that stands for the same, out of a prediction. */
  readonly targetOf: (prediction: never) => unknown;
  /** Raw labels that must be refused. */
  readonly faults: readonly Fault[];
  /** Label names and the like; learned from the targets if left out. */
  readonly assets?: Assets;
}

/** What {@link headContract} looks at. */
export interface HeadSubject extends Pick<HeadCase, 'targets' | 'targetOf' | 'faults' | 'smooth' | 'withoutGradient'> {
  readonly head: Head;
  readonly parameters: ParameterStore;
  dispose(): void;
}

/** W of the joint states that heads are tried with. */
const inputWidth = 6;

/** Creates a head, which first learns its labels from the case's targets. */
export async function headSubject(definition: AnyDefinition, given: HeadCase): Promise<HeadSubject> {
  const { targets, targetOf, faults, smooth = true, withoutGradient } = given;
  const home = homeOf(definition, given);
  const path = 'heads.contract';
  const source = { path, baseFolder: '.', values: targets };
  const assets =
    given.assets ?? (await definition.fit?.(checkedOptions(definition, given), source, home.services as never)) ?? {};
  const context = { path, parameters: home.parameters.scope(path), inputWidth, assets };
  const created = await createIn<Head, 'head'>(home, definition, given, context);
  return { ...created, head: created.part, targets, targetOf, faults, smooth, withoutGradient };
}

/** The joint states of B samples, with states of tokens. Call it inside a tidy. */
export const exampleState = (batch: number): FusedState => ({
  pooled: randomTensor<Tensor2D>([batch, inputWidth], 11),
  tokens: randomTensor([batch, 4, inputWidth], 12),
  mask: ones([batch, 4]),
});

/** Logits that stand for a target, given as it is encoded or collated. */
export function logitsFor({ targetKind, numOutputs }: Head, encoded: readonly number[]): Float32Array {
  switch (targetKind) {
    case 'class-index':
      return Float32Array.from({ length: numOutputs }, (_, c) => (c === encoded[0] ? 10 : 0));
    case 'multi-hot':
      return Float32Array.from(encoded, (on) => (on === 1 ? 10 : -10));
    case 'real':
      return Float32Array.from(encoded);
  }
}
