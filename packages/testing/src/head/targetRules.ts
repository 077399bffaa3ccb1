// Raw labels, encoded targets and predictions. Shapes: B batch, C outputs.
import { readTensors, rowsOf } from '../checks/tensorReading.js';
import type { Contract } from '../contract.js';
import { expectPlain } from '../encoder/preparationRules.js';
import {
  expectAgree,
  expectEqual,
  expectFinite,
  expectSame,
  expectShape,
  expectThat,
  expectUserError,
  failureOf,
} from '../expectations.js';
import { logitsFor, type HeadSubject } from './headSubject.js';

const isBit = (value: number): boolean => value === 0 || value === 1;

/** Rules of labels, targets and predictions. */
export const targetRules: Contract<HeadSubject> = [
  {
    rule: 'names its outputs and its metrics',
    check: ({ head }) => {
      expectThat(head.numOutputs > 0, `numOutputs: must be above 0, got ${head.numOutputs}.`);
      expectEqual(head.labels.length, head.numOutputs, 'number of labels');
      const named = [head.mainMetric, ...head.defaultMetrics].every((metric) => metric !== '');
      expectThat(named, 'mainMetric and defaultMetrics: must be names of metrics.');
    },
  },
  {
    rule: 'encodes a target as its kind says',
    check: ({ head, targets }) => {
      const { targetKind, numOutputs } = head;
      for (const target of targets) {
        const encoded = head.encodeTarget(target);
        const [first = -1] = encoded;
        const width = targetKind === 'class-index' || targetKind === 'pair' ? 1 : numOutputs;
        expectEqual(encoded.length, width, `numbers in a ${targetKind} target`);
        expectFinite(encoded, 'target');
        if (targetKind === 'multi-hot') expectThat(encoded.every(isBit), 'target: must be 0 or 1.');
        if (targetKind !== 'class-index') continue;
        const isClass = Number.isInteger(first) && first >= 0 && first < numOutputs;
        expectThat(isClass, `target: must be a class number below ${numOutputs}, got ${first}.`);
      }
    },
  },
  {
    rule: 'predicts the target that logits stand for',
    check: async ({ head, targets, targetOf }) => {
      if (head.targetKind === 'pair') return; // no row alone tells
      const { values } = await collated({ head, targets });
      targets.forEach((target, i) => {
        const logits = logitsFor(head, values[i] ?? []);
        const encoded = head.encodeTarget(target);
        expectAgree(head.encodePrediction(logits), encoded, 'encodePrediction', 1e-5);
        const decoded = head.encodeTarget(targetOf(head.decode(logits) as never));
        expectAgree(decoded, encoded, `decode of logits for ${JSON.stringify(target)}`, 1e-5);
      });
    },
  },
  {
    rule: 'collates targets as [B] int32 class numbers or [B, C] float32',
    check: async ({ head, targets }) => {
      const { shape, dtype, values } = await collated({ head, targets: [...targets, undefined] });
      const isClass = head.targetKind === 'class-index' || head.targetKind === 'pair';
      const batch = targets.length + 1;
      expectShape(shape, isClass ? [batch] : [batch, head.numOutputs], 'targets');
      expectEqual(dtype, isClass ? 'int32' : 'float32', 'type of targets');
      const nothing = isClass ? [0] : new Array<number>(head.numOutputs).fill(0);
      expectEqual(values.at(-1), nothing, 'target of a sample without a label');
      if (head.targetKind === 'real' || head.targetKind === 'pair') return;
      expectEqual(
        values.slice(0, -1),
        targets.map((target) => head.encodeTarget(target)),
        'targets',
      );
    },
  },
  {
    rule: 'accepts its targets and refuses others by name',
    check: async ({ head, targets, faults }) => {
      for (const target of targets) head.checkTarget(target);
      for (const { raw, names } of faults) {
        for (const call of ['checkTarget', 'encodeTarget'] as const) {
          const error = await failureOf(() => head[call](raw), `${call} of ${names}`);
          expectUserError(error, { name: 'DataError', names }, call);
        }
      }
    },
  },
  {
    rule: 'gives finite scores of any finite logits, probabilities for classes',
    check: ({ head }) => {
      for (const size of [0, 1, 100, 1e4]) {
        const logits = Float32Array.from({ length: head.numOutputs }, (_, i) => (i % 2 === 0 ? size : -size));
        const before = [...logits];
        const scores = head.scores(logits);
        expectEqual([...logits], before, 'logits after scores');
        expectEqual(scores.length, head.numOutputs, 'number of scores');
        expectFinite(scores, `scores of logits ±${size}`);
        if (head.targetKind === 'real' || head.targetKind === 'pair') continue;
        expectThat(
          scores.every((p) => p >= 0 && p <= 1),
          'scores: must be probabilities.',
        );
        if (head.targetKind === 'class-index') expectAgree([scores.reduce((a, b) => a + b, 0)], [1], 'sum of scores');
      }
    },
  },
  {
    rule: 'predicts plain data that a file can hold',
    check: ({ head }) => {
      const logits = Float32Array.from({ length: head.numOutputs }, (_, i) => i / 3);
      const prediction = head.decode(logits);
      const copy: unknown = JSON.parse(JSON.stringify(prediction));
      expectPlain(prediction, 'what decode returns');
      expectSame(copy, prediction, 'what decode returns must be the same after JSON has held it');
    },
  },
];

/** Collated targets, row by row. */
async function collated({ head, targets }: Pick<HeadSubject, 'head' | 'targets'>) {
  const { collatedTargets } = await readTensors(() => ({ collatedTargets: head.collateTargets(targets) }));
  return { shape: collatedTargets.shape, dtype: collatedTargets.dtype, values: rowsOf(collatedTargets) };
}
