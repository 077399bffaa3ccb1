// Shapes: B batch, N tokens of one block, S joined sequence, H heads.
import { inferenceContext } from '@tessera/core';
import { grads, tidy, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import { expectGradient, expectParameterGradients } from '../checks/gradientCheck.js';
import { expectNoLeak } from '../checks/leakCheck.js';
import { expectGradientReaches, parameterGradients } from '../checks/parameterGradients.js';
import { inTraining, readTensors, rowsOf, weightedSum } from '../checks/tensorReading.js';
import type { Contract } from '../contract.js';
import { expectAgree, expectFinite, expectShape, expectThat, expectUserError, failureOf } from '../expectations.js';
import { expectRestored } from '../parts/savedPart.js';
import { exampleBlocks, fuseExample, pooledOf, tensorsOf, type FusionSubject } from './fusionSubject.js';
import { stateRules } from './stateRules.js';

const B = 3;

/** What every fusion keeps to. */
export const fusionContract: Contract<FusionSubject> = [
  {
    rule: 'gives a joint state [B, pooledWidth]',
    check: async (subject) => {
      const pooled = await pooledOf(subject);
      expectShape(pooled.shape, [B, subject.fusion.pooledWidth], 'pooled');
      expectFinite(pooled.values, 'pooled');
    },
  },
  ...stateRules,
  {
    rule: 'does not notice padding behind a block',
    check: async (subject) => {
      const padded = await pooledOf(subject, { padding: 2 });
      expectAgree(padded.values, (await pooledOf(subject)).values, 'pooled with padding');
    },
  },
  {
    rule: 'does not notice what stands at masked tokens',
    check: async (subject) => {
      const names = subject.modalities.map(({ modality }) => modality);
      for (const absent of [[], ...names.map((name) => [name])]) {
        const changed = await pooledOf(subject, { absent, padding: 1, maskedSeed: 2 });
        const expected = (await pooledOf(subject, { absent, padding: 1 })).values;
        expectAgree(changed.values, expected, `pooled without ${absent.join() || 'padding'}`);
      }
    },
  },
  {
    rule: 'gives a finite state where modalities are absent',
    check: async (subject) => {
      const names = subject.modalities.map(({ modality }) => modality);
      for (const absent of [...names.map((name) => [name]), names]) {
        expectFinite((await pooledOf(subject, { absent })).values, `pooled without ${absent.join(' and ')}`);
      }
    },
  },
  {
    rule: 'has finite gradients where modalities are absent',
    check: async (subject) => {
      const names = subject.modalities.map(({ modality }) => modality);
      for (const absent of [...names.map((name) => [name]), names]) {
        const without = `without ${absent.join(' and ')}`;
        const value = () => inTraining(1, (context) => weightedSum(fuseExample(subject, context, { absent }).pooled));
        for (const [path, slopes] of await parameterGradients(subject.parameters, value)) {
          expectFinite(slopes, `gradient of ${path} ${without}`);
        }
        const inTokens = await readTensors(() => tokenGradients(subject, absent));
        for (const [name, { values }] of Object.entries(inTokens)) {
          expectFinite(values, `gradient of the tokens of ${name} ${without}`);
        }
      }
    },
  },
  {
    rule: 'notices every modality',
    check: async (subject) => {
      const all = (await pooledOf(subject)).values;
      for (const { modality } of subject.modalities) {
        const without = (await pooledOf(subject, { absent: [modality] })).values;
        const differs = without.some((x, i) => Math.abs(x - (all[i] ?? Number.NaN)) > 1e-6);
        expectThat(differs, `pooled: must depend on every modality, got the same without ${modality}.`);
      }
    },
  },
  {
    rule: 'joins each sample for itself, in any order',
    check: async (subject) => {
      const expected = rowsOf(await pooledOf(subject));
      for (const samples of [[2, 0, 1], [1]]) {
        const rows = rowsOf(await pooledOf(subject, { samples }));
        samples.forEach((sample, i) => {
          expectAgree(
            rows[i] ?? [],
            expected[sample] ?? [],
            `pooled of sample ${sample} in a batch of ${samples.length}`,
          );
        });
      }
    },
  },
  {
    rule: 'repeats itself in prediction, and in training with the same seed',
    check: async (subject) => {
      expectAgree((await pooledOf(subject)).values, (await pooledOf(subject)).values, 'pooled in prediction', 0);
      const trained = async (): Promise<readonly number[]> => {
        const step = () => ({ pooled: inTraining(1, (context) => fuseExample(subject, context)).pooled });
        return (await readTensors(step)).pooled.values;
      };
      expectAgree(await trained(), await trained(), 'pooled in training', 0);
    },
  },
  {
    rule: 'sends a gradient to every trained parameter',
    check: async (subject) => {
      const value = () => inTraining(1, (context) => weightedSum(fuseExample(subject, context).pooled));
      await expectGradientReaches(subject.parameters, value, { what: 'fuse', except: subject.withoutGradient });
    },
  },
  {
    rule: 'has the gradient of its value in parameters and tokens, where that is smooth',
    check: async (subject) => {
      if (!subject.smooth) return;
      const value = (): Scalar => weightedSum(fuseExample(subject, inferenceContext()).pooled);
      await expectParameterGradients(subject.parameters, value, { what: 'gradient in the parameters' });
      const blocks = exampleBlocks(subject.modalities, { padding: 1 });
      await expectGradient(
        (...tokens) => {
          const moved = blocks.map((block, i) => ({ ...block, tokens: tokens[i] as typeof block.tokens }));
          return weightedSum(subject.fusion.fuse(moved, inferenceContext()).pooled);
        },
        blocks.map(({ tokens }) => tokens),
        { what: 'gradient in the tokens', directions: 3 },
      );
      for (const block of blocks) for (const tensor of tensorsOf(block)) tensor.dispose();
    },
  },
  {
    rule: 'gives the same state after saving and loading',
    check: (subject) => expectRestored(subject, async (one) => (await pooledOf(one)).values, 'pooled'),
  },
  {
    rule: 'borrows its blocks and leaves no tensor behind',
    check: async (subject) => {
      const predict = (): void => {
        const blocks = exampleBlocks(subject.modalities);
        const state = subject.fusion.fuse(blocks, inferenceContext({ wantsAttentions: true }));
        for (const tensor of tensorsOf(state)) tensor.dispose();
        for (const tensor of blocks.flatMap(tensorsOf)) {
          expectThat(!tensor.isDisposed, 'fuse: must leave its arguments, got a disposed block.');
          tensor.dispose();
        }
      };
      await expectNoLeak(predict, 'fuse');
      const value = () => inTraining(1, (context) => weightedSum(fuseExample(subject, context).pooled));
      await expectNoLeak(() => parameterGradients(subject.parameters, value), 'fuse in training');
    },
  },
  {
    rule: 'refuses another number of blocks',
    check: async ({ fusion, modalities }) => {
      const tooFew = (): unknown =>
        tidy(() => void fusion.fuse(exampleBlocks(modalities).slice(1), inferenceContext()));
      const error = await failureOf(tooFew, 'fuse with a block too few');
      expectUserError(error, { names: String(modalities.length - 1) }, 'fuse with a block too few');
    },
  },
];

/** The gradient of the joint state in each modality's tokens, which is what encoders learn from. */
function tokenGradients({ fusion, modalities }: FusionSubject, absent: readonly string[]): Record<string, Tensor> {
  const blocks = exampleBlocks(modalities, { absent });
  const value = (...tokens: Tensor[]): Scalar => {
    const given = blocks.map((block, i) => ({ ...block, tokens: tokens[i] as typeof block.tokens }));
    return weightedSum(fusion.fuse(given, inferenceContext()).pooled);
  };
  const gradients = grads(value)(blocks.map(({ tokens }) => tokens));
  return Object.fromEntries(modalities.map(({ modality }, i) => [modality, gradients[i] as Tensor]));
}
