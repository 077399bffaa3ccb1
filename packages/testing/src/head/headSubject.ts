// Shapes: B batch, C outputs, W pooled width, S joined sequence.
import { ones, tensor2d, tensor3d, type Tensor2D } from '@tensorflow/tfjs-core';
import type {
  AnyDefinition,
  Assets,
  FusedState,
  Head,
  ParameterSource,
  ParameterStore,
  View,
  ViewShape,
} from '@tessera/core';
import { savedText } from '../encoder/encoderSubject.js';
import { randomNumbers, randomTensor } from '../checks/tensorReading.js';
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
  /** The same head from its saved parameters and text files. */
  restored(source: ParameterSource): Promise<HeadSubject>;
  dispose(): void;
}

/** W of the joint states that heads are tried with. */
const inputWidth = 6;

/**
 * Creates a head, which first learns its labels from the case's targets.
 * @param saved - values of its parameters, which start anew if left out
 */
export async function headSubject(
  definition: AnyDefinition,
  given: HeadCase,
  saved?: ParameterSource,
): Promise<HeadSubject> {
  const { targets, targetOf, faults, smooth = true, withoutGradient } = given;
  const home = homeOf(definition, given, saved);
  const path = 'heads.contract';
  const source = { path, baseFolder: '.', values: targets };
  const assets =
    given.assets ?? (await definition.fit?.(checkedOptions(definition, given), source, home.services as never)) ?? {};
  const context = {
    path,
    parameters: home.parameters.scope(path),
    inputWidth,
    assets,
    ...(definition.reads === 'views' && { views }),
  };
  const created = await createIn<Head, 'head'>(home, definition, given, context);
  const restored = (values: ParameterSource) =>
    headSubject(definition, { ...given, assets: savedText(assets) }, values);
  return { ...created, head: created.part, restored, targets, targetOf, faults, smooth, withoutGradient };
}

/** The joint states of B samples, with states of tokens. Call it inside a tidy. */
export const exampleState = (batch: number): FusedState => ({
  pooled: randomTensor<Tensor2D>([batch, inputWidth], 11),
  tokens: randomTensor([batch, 4, inputWidth], 12),
  mask: ones([batch, 4]),
  views: exampleViews(batch),
});

/** The views of two modalities. */
const views: readonly ViewShape[] = [
  { modality: 'grid', width: 5 },
  { modality: 'words', width: 4 },
];

const exampleViews = (batch: number): View[] =>
  views.map(({ modality, width }, i) => ({
    modality,
    features: randomTensor<Tensor2D>([batch, width], 13 + i),
    present: ones([batch]),
  }));

/** {@link exampleState} with the last two tokens masked; what stands there follows from the seed. Call it inside a tidy. */
export function maskedState(batch: number, maskedSeed: number): FusedState {
  const rows = Array.from({ length: batch }, (_, i) =>
    [0, 1, 2, 3].map((n) => randomNumbers(inputWidth, n < 2 ? `${i} ${n}` : `${i} ${n} ${maskedSeed}`)),
  );
  return {
    pooled: randomTensor<Tensor2D>([batch, inputWidth], 11),
    tokens: tensor3d(rows),
    mask: tensor2d(rows.map(() => [1, 1, 0, 0])),
    views: exampleViews(batch),
  };
}

/** Logits that stand for a target, given as it is encoded or collated. */
export function logitsFor({ targetKind, numOutputs }: Head, encoded: readonly number[]): Float32Array {
  switch (targetKind) {
    case 'class-index':
      return Float32Array.from({ length: numOutputs }, (_, c) => (c === encoded[0] ? 10 : 0));
    case 'multi-hot':
      return Float32Array.from(encoded, (on) => (on === 1 ? 10 : -10));
    case 'pair':
      return new Float32Array(numOutputs).fill(1);
    case 'real':
      return Float32Array.from(encoded);
  }
}
