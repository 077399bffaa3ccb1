// The kind `losses`: the registered losses on logits, with values and gradients. Shapes: B batch, C classes.
import {
  div,
  mul,
  sum,
  tensor1d,
  tensor2d,
  valueAndGrad,
  type Scalar,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import type { AnyDefinition, Loss, LossContext, TargetKind } from '@tessera/core';
import { tidyRecord } from '@tessera/layers';
import { objectivesPlugin } from '@tessera/objectives';
import type { Check, FullRecord } from '../records.js';
import { commonKeys, requireKind, requireKnownKeys, summarize, type Summary } from '../understood.js';

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

interface LossesFixture {
  readonly elementwise_tolerance: { readonly rtol: number; readonly atol: number };
  readonly class_weight: readonly number[];
  readonly pos_weight: readonly number[];
  readonly focal_alpha: readonly number[];
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

/** Compares every loss of every set, per element, reduced, and in its gradient. */
export async function lossesChecks(given: unknown): Promise<Check[]> {
  requireKind(given, 'losses');
  const fixture = given as LossesFixture;
  const known = ['elementwise_tolerance', 'class_weight', 'pos_weight', 'focal_alpha', 'sets'];
  requireKnownKeys(fixture, [...commonKeys, ...known], 'losses');
  const checks: Check[] = [];
  for (const [setName, set] of Object.entries(fixture.sets)) {
    const { logits, label, multi_label: multiLabel, ...losses } = set;
    for (const [name, record] of Object.entries(losses)) {
      const where = `${setName} ${name}`;
      const compare = comparison(where, fixture.elementwise_tolerance);
      checks.push(
        ...checkLoss(
          parseName(name, fixture),
          { logits, label, multi_label: multiLabel },
          record as LossRecord,
          compare,
        ),
      );
    }
  }
  return checks;
}

/** The worst error of a `losses` file. */
export const checkLosses = async (fixture: unknown): Promise<Summary> =>
  summarize('losses', await lossesChecks(fixture));

/** What the names of the fixture mean. */
function parseName(name: string, fixture: LossesFixture): LossCase {
  const base = name.replace(/_(mean|sum)$/, '');
  const reduction = name.endsWith('_sum') ? 'sum' : 'mean';
  const pick = (values: readonly number[], only?: number): readonly number[] =>
    only === undefined ? values : values.slice(only, only + 1);
  const crossEntropy = /^cross_entropy(_class_weight)?(?:_label_smoothing_([\d.]+))?$/.exec(base);
  if (crossEntropy) {
    const classWeights = crossEntropy[1] ? { classWeights: fixture.class_weight } : {};
    const options = { ...classWeights, labelSmoothing: Number(crossEntropy[2] ?? 0) };
    return { type: 'cross-entropy', targetKind: 'class-index', options: () => options, reduction };
  }
  const bce = /^bce_with_logits(_pos_weight)?$/.exec(base);
  if (bce) {
    const options = (only?: number): Record<string, unknown> =>
      bce[1] ? { posWeight: pick(fixture.pos_weight, only) } : {};
    return { type: 'bce', targetKind: 'multi-hot', options, reduction };
  }
  const softmaxFocal = /^softmax_focal_gamma_([\d.]+)(_alpha)?$/.exec(base);
  if (softmaxFocal) {
    const alpha = softmaxFocal[2] ? { alpha: fixture.focal_alpha } : {};
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
  throw new Error(`losses: not understood: ${name}.`);
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

type Compare = (what: string, got: ArrayLike<number>, want: readonly number[]) => Check;

/** |got − want| ≤ atol + rtol |want|, as an error relative to |want| + atol / rtol. */
const comparison =
  (where: string, { rtol, atol }: LossesFixture['elementwise_tolerance']): Compare =>
  (what, got, want) => {
    const errors = want.map((value, i) => Math.abs((got[i] ?? NaN) - value) / (atol / rtol + Math.abs(value)));
    const error = got.length === want.length ? errors.reduce((a, b) => (b <= a ? a : b), 0) : Infinity;
    return { what: `${where} ${what}`, error, tolerance: rtol };
  };

function checkLoss(lossCase: LossCase, set: LossSet, want: LossRecord, compare: Compare): Check[] {
  requireKnownKeys(want, ['per_element', 'value', 'value_fp32', 'grad'], 'losses');
  return tidyRecord(() => {
    const [batch = 0, classes = 0] = set.logits.shape;
    const logits = tensor2d([...set.logits.data], [batch, classes]);
    const loss = createLoss(lossCase, classes);
    const targets = lossCase.targetKind === 'class-index' ? tensor1d([...set.label], 'int32') : rows(set.multi_label);
    const isPerSample = want.per_element.shape.length === 1;
    const reduced = (x: Tensor): Scalar => {
      const { perSample, weight } = loss.terms(x as Tensor2D, targets);
      if (lossCase.reduction === 'mean') return div<Scalar>(sum(perSample), sum(weight));
      return mul<Scalar>(sum(perSample), isPerSample ? 1 : classes);
    };
    const { value, grad } = valueAndGrad(reduced)(logits);
    const elements = isPerSample ? loss.terms(logits, targets).perSample.dataSync() : byColumn(lossCase, set);
    return [
      compare('per element', elements, want.per_element.data),
      compare('value', value.dataSync(), [want.value]),
      compare('gradient', grad.dataSync(), want.grad.data),
    ];
  });
}

const rows = (values: readonly (readonly number[])[]): Tensor2D =>
  tensor2d(
    values.map((row) => [...row]),
    undefined,
    'float32',
  );

/** Elements of a loss that averages over outputs, from a loss for each output alone. */
function byColumn(lossCase: LossCase, { logits, multi_label: multiLabel }: LossSet): number[] {
  const [batch = 0, classes = 0] = logits.shape;
  const elements = new Array<number>(batch * classes);
  for (let c = 0; c < classes; c++) {
    const column = Array.from({ length: batch }, (_, i) => [logits.data[i * classes + c] ?? NaN]);
    const targets = multiLabel.map((row) => [row[c] ?? NaN]);
    const { perSample } = createLoss(lossCase, 1, c).terms(rows(column), rows(targets));
    perSample.dataSync().forEach((value, i) => (elements[i * classes + c] = value));
  }
  return elements;
}
