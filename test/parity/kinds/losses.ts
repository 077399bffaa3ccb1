// The kind `losses`: the registered losses on logits. Compared for every loss of every set: each element, the reduced
// value, and its gradient. Shapes: B batch, C classes.
import {
  dispose,
  div,
  mul,
  sum,
  tensor1d,
  tensor2d,
  tidy,
  valueAndGrad,
  type NamedTensorMap,
  type Scalar,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import type { AnyDefinition, Loss, LossContext, TargetKind } from '@tessera/core';
import { tidyRecord } from '@tessera/layers';
import { objectivesPlugin } from '@tessera/objectives';
import type { Check, FullRecord, Got } from '../records.js';

interface LossRecord {
  readonly per_element: FullRecord;
  readonly value: number;
  readonly grad: FullRecord;
}

interface LossSet {
  readonly logits: FullRecord;
  readonly label: readonly number[];
  readonly multi_label: readonly (readonly number[])[];
}

/** What losses take as options. */
interface Weights {
  readonly class_weight: readonly number[];
  readonly pos_weight: readonly number[];
  readonly focal_alpha: readonly number[];
}

/** A file of this kind. */
export interface LossesFixture extends Weights {
  readonly elementwise_tolerance: { readonly rtol: number; readonly atol: number };
  readonly sets: Readonly<Record<string, LossSet & Readonly<Record<string, unknown>>>>;
}

/** A loss that a name of the fixture stands for. */
interface LossCase {
  readonly type: string;
  readonly targetKind: TargetKind;
  /** Options for all outputs, or for the output `only`. */
  readonly options: (only?: number) => Record<string, unknown>;
  readonly reduction: 'mean' | 'sum';
}

/** Runs every loss of every set on the current backend. */
export async function lossesChecks(fixture: LossesFixture): Promise<Check[]> {
  const { elementwise_tolerance: limits, class_weight, pos_weight, focal_alpha } = fixture;
  const weights = { class_weight, pos_weight, focal_alpha };
  const checks: Check[] = [];
  for (const [setName, { logits, label, multi_label, ...losses }] of Object.entries(fixture.sets)) {
    for (const [name, record] of Object.entries(losses)) {
      const compare = comparison(`${setName} ${name}`, limits);
      const lossCase = parseName(name, weights);
      checks.push(...(await checkLoss(lossCase, { logits, label, multi_label }, record as LossRecord, compare)));
    }
  }
  return checks;
}

/** What the names of the fixture mean. */
function parseName(name: string, weights: Weights): LossCase {
  const base = name.replace(/_(mean|sum)$/, '');
  const reduction = name.endsWith('_sum') ? 'sum' : 'mean';
  const pick = (values: readonly number[], only?: number): readonly number[] =>
    only === undefined ? values : values.slice(only, only + 1);
  const crossEntropy = /^cross_entropy(_class_weight)?(?:_label_smoothing_([\d.]+))?$/.exec(base);
  if (crossEntropy) {
    const classWeights = crossEntropy[1] ? { classWeights: weights.class_weight } : {};
    const options = { ...classWeights, labelSmoothing: Number(crossEntropy[2] ?? 0) };
    return { type: 'cross-entropy', targetKind: 'class-index', options: () => options, reduction };
  }
  const bce = /^bce_with_logits(_pos_weight)?$/.exec(base);
  if (bce) {
    const options = (only?: number): Record<string, unknown> =>
      bce[1] ? { posWeight: pick(weights.pos_weight, only) } : {};
    return { type: 'bce', targetKind: 'multi-hot', options, reduction };
  }
  const softmaxFocal = /^softmax_focal_gamma_([\d.]+)(_alpha)?$/.exec(base);
  if (softmaxFocal) {
    const alpha = softmaxFocal[2] ? { alpha: weights.focal_alpha } : {};
    return {
      type: 'focal',
      targetKind: 'class-index',
      options: () => ({ gamma: Number(softmaxFocal[1]), ...alpha }),
      reduction,
    };
  }
  const sigmoidFocal = /^sigmoid_focal(?:_alpha_([\d.]+))?_gamma_([\d.]+)$/.exec(base);
  if (sigmoidFocal) {
    const alpha = sigmoidFocal[1] ? { alpha: Number(sigmoidFocal[1]) } : {};
    return {
      type: 'focal',
      targetKind: 'multi-hot',
      options: () => ({ gamma: Number(sigmoidFocal[2]), ...alpha }),
      reduction,
    };
  }
  throw new Error(`not understood: loss ${name}.`);
}

function createLoss({ type, targetKind, options }: LossCase, numOutputs: number, only?: number): Loss {
  const components: readonly AnyDefinition[] = objectivesPlugin.components;
  const definition = components.find(({ kind, name }) => kind === 'loss' && name === type);
  if (!definition) throw new Error(`losses: no loss "${type}" is registered.`);
  const labels = Array.from({ length: numOutputs }, (_, i) => `class ${i}`);
  const context: LossContext = {
    path: 'loss',
    numOutputs,
    targetKind,
    labels,
    statistics: { numSamples: 0, counts: [] },
  };
  return definition.create(definition.config.parse(options(only)), {} as never, context as never) as Loss;
}

type Compare = (what: string, got: Got, want: FullRecord) => Check;

/** |got − want| ≤ atol + rtol |want|, as an error relative to |want| + atol / rtol. */
const comparison =
  (where: string, { rtol, atol }: LossesFixture['elementwise_tolerance']): Compare =>
  (what, got, want) => {
    const errors = want.data.map(
      (value, i) => Math.abs((got.values[i] ?? NaN) - value) / (atol / rtol + Math.abs(value)),
    );
    const isSameShape = got.shape.join() === want.shape.join() && got.values.length === want.data.length;
    const error = isSameShape ? errors.reduce((a, b) => (b <= a ? a : b), 0) : Infinity;
    return { what: `${where} ${what}`, error, tolerance: rtol };
  };

async function checkLoss(lossCase: LossCase, set: LossSet, want: LossRecord, compare: Compare): Promise<Check[]> {
  const isPerSample = want.per_element.shape.length === 1;
  const tensors = tidyRecord(() => lossTensors(lossCase, set, isPerSample));
  const { shape } = tensors.gradient;
  const value = await tensors.value.data();
  const gradient = await tensors.gradient.data();
  const elements = tensors.perSample ? await tensors.perSample.data() : await byColumn(lossCase, set);
  dispose(tensors as unknown as NamedTensorMap);
  return [
    compare('per element', { shape: isPerSample ? shape.slice(0, 1) : shape, values: elements }, want.per_element),
    compare('value', { shape: [], values: value }, { shape: [], data: [want.value] }),
    compare('gradient', { shape, values: gradient }, want.grad),
  ];
}

interface LossTensors {
  readonly value: Scalar;
  /** [B, C] */
  readonly gradient: Tensor;
  /** [B], of a loss that has one value for a sample. */
  readonly perSample?: Tensor;
}

function lossTensors(lossCase: LossCase, set: LossSet, isPerSample: boolean): LossTensors {
  const [batch = 0, classes = 0] = set.logits.shape;
  const logits = tensor2d([...set.logits.data], [batch, classes]);
  const loss = createLoss(lossCase, classes);
  const targets = lossCase.targetKind === 'class-index' ? tensor1d([...set.label], 'int32') : rows(set.multi_label);
  const reduced = (x: Tensor): Scalar => {
    const { perSample, weight } = loss.terms(x as Tensor2D, targets);
    if (lossCase.reduction === 'mean') return div<Scalar>(sum(perSample), sum(weight));
    return mul<Scalar>(sum(perSample), isPerSample ? 1 : classes);
  };
  const { value, grad: gradient } = valueAndGrad(reduced)(logits);
  return isPerSample ? { value, gradient, perSample: loss.terms(logits, targets).perSample } : { value, gradient };
}

const rows = (values: readonly (readonly number[])[]): Tensor2D =>
  tensor2d(
    values.map((row) => [...row]),
    undefined,
    'float32',
  );

/** Elements of a loss that averages over outputs, from a loss for each output alone. */
async function byColumn(lossCase: LossCase, { logits, multi_label: multiLabel }: LossSet): Promise<number[]> {
  const [batch = 0, classes = 0] = logits.shape;
  const elements = new Array<number>(batch * classes);
  for (let c = 0; c < classes; c++) {
    const column = Array.from({ length: batch }, (_, i) => [logits.data[i * classes + c] ?? NaN]);
    const targets = multiLabel.map((row) => [row[c] ?? NaN]);
    const perSample = tidy(() => createLoss(lossCase, 1, c).terms(rows(column), rows(targets)).perSample);
    (await perSample.data()).forEach((value, i) => (elements[i * classes + c] = value));
    perSample.dispose();
  }
  return elements;
}
