// Batches and tensors. Shapes: B batch, N tokens of one block, E encoder width.
import { tidy } from '@tensorflow/tfjs-core';
import { inferenceContext } from '@tessera/core';
import { expectParameterGradients } from '../checks/gradientCheck.js';
import { expectNoLeak } from '../checks/leakCheck.js';
import { expectGradientReaches, parameterGradients } from '../checks/parameterGradients.js';
import { inTraining, readTensors } from '../checks/tensorReading.js';
import type { Contract } from '../contract.js';
import { expectDrawable } from './drawnTokens.js';
import { expectRestored } from '../parts/savedPart.js';
import { expectAgree, expectEqual, expectFinite, expectShape, expectThat } from '../expectations.js';
import {
  encodeBatch,
  prepareAll,
  readBlock,
  realCounts,
  realTokens,
  tokenSum,
  type EncoderSubject,
} from './encoderSubject.js';

/** Rules of `collate`, `encode` and `describeTokens`. */
export const encodingRules: Contract<EncoderSubject> = [
  {
    rule: 'encodes a batch as tokens [B, N, E] and a mask [B, N] of 0 and 1',
    check: async (subject) => {
      const { encoder, samples } = subject;
      const { tokens, mask, parts } = await readBlock(encoder, await prepareAll(subject));
      const length = tokens.shape[1] ?? 0;
      expectShape(tokens.shape, [samples.length, length, encoder.tokenWidth], 'tokens');
      expectShape(mask.shape, [samples.length, length], 'mask');
      expectEqual([tokens.dtype, mask.dtype], ['float32', 'float32'], 'types of tokens and mask');
      expectThat(
        mask.values.every((real) => real === 0 || real === 1),
        'mask: must be 0 or 1.',
      );
      expectFinite(tokens.values, 'tokens');
      if (!parts) return;
      expectShape(parts.shape, mask.shape, 'parts');
      expectEqual(parts.dtype, 'int32', 'type of parts');
      const known = parts.values.every((part) => part >= 0 && part < encoder.numParts);
      expectThat(known, `parts: must be from 0 to ${encoder.numParts - 1}.`);
    },
  },
  {
    rule: 'gives at most maxTokens tokens, and always as many where it says fixedLength',
    check: async (subject) => {
      const { encoder } = subject;
      const { maxTokens, fixedLength } = encoder;
      for (const item of await prepareAll(subject)) {
        const block = await readBlock(encoder, [item]);
        const length = block.tokens.shape[1] ?? 0;
        expectThat(length <= maxTokens, `tokens: must be at most ${maxTokens}, got ${length}.`);
        if (!fixedLength) continue;
        expectEqual([length, realCounts(block)[0]], [maxTokens, maxTokens], 'tokens and real ones of fixed length');
      }
    },
  },
  {
    rule: 'describes each real token',
    check: async (subject) => {
      const { encoder } = subject;
      const prepared = await prepareAll(subject);
      const described = prepared.map((item) => encoder.describeTokens(item).length);
      expectEqual(described, realCounts(await readBlock(encoder, prepared)), 'descriptions of each sample');
    },
  },
  {
    rule: 'describes tokens that lie in the picture, where they have a place in one',
    check: async (subject) => {
      const { encoder, samples } = subject;
      for (const [i, item] of (await prepareAll(subject)).entries()) {
        const described = encoder.describeTokens(item);
        described.forEach((one, n) => expectDrawable(one, `description of token ${n} of sample ${i}`));
        if (!described.some(({ area }) => area)) continue;
        const shown = await encoder.preview?.(samples[i]);
        expectThat(shown?.kind === 'image', `preview of sample ${i}: its tokens have areas, so it must be a picture.`);
      }
    },
  },
  {
    rule: 'encodes a sample alike whatever stands beside it',
    check: async (subject) => {
      const { encoder } = subject;
      const prepared = await prepareAll(subject);
      const together = await readBlock(encoder, [undefined, ...[...prepared].reverse()]);
      for (const [i, item] of prepared.entries()) {
        const alone = realTokens(await readBlock(encoder, [item]), 0);
        expectAgree(realTokens(together, prepared.length - i), alone, `tokens of sample ${i} among others`);
      }
    },
  },
  {
    rule: 'encodes a sample alike in a batch whose length is rounded up, never beyond maxTokens',
    check: async (subject) => {
      const { encoder } = subject;
      for (const item of await prepareAll(subject)) {
        const plain = await readBlock(encoder, [item]);
        for (const lengthMultiple of [1, 3, 8]) {
          const padded = await readBlock(encoder, [item], { lengthMultiple });
          const length = padded.tokens.shape[1] ?? 0;
          expectThat(length <= encoder.maxTokens, `tokens: must be at most ${encoder.maxTokens}, got ${length}.`);
          expectAgree(realTokens(padded, 0), realTokens(plain, 0), `tokens padded to a multiple of ${lengthMultiple}`);
        }
      }
    },
  },
  {
    rule: 'masks an absent modality and gives finite tokens for it',
    check: async (subject) => {
      const { encoder } = subject;
      const [first] = await prepareAll(subject);
      for (const items of [
        [first, undefined],
        [undefined, undefined, undefined],
      ]) {
        const block = await readBlock(encoder, items);
        const expected = items.map((item, i) => (item === undefined ? 0 : realCounts(block)[i]));
        expectEqual(realCounts(block), expected, 'real tokens of a batch with absent ones');
        expectEqual(block.tokens.shape[0], items.length, 'B');
        expectFinite(block.tokens.values, 'tokens of a batch with absent ones');
      }
    },
  },
  {
    rule: 'has finite gradients where the modality is absent',
    check: async (subject) => {
      const { encoder, parameters } = subject;
      const [first] = await prepareAll(subject);
      for (const items of [
        [first, undefined],
        [undefined, undefined],
      ]) {
        const value = () => inTraining(1, (context) => tokenSum(encoder, items, context));
        for (const [path, slopes] of await parameterGradients(parameters, value)) {
          expectFinite(slopes, `gradient of ${path} in a batch with absent ones`);
        }
      }
    },
  },
  {
    rule: 'repeats itself in prediction, and in training with the same seed',
    check: async (subject) => {
      const { encoder } = subject;
      const prepared = await prepareAll(subject);
      const predicted = async (): Promise<readonly number[]> => (await readBlock(encoder, prepared)).tokens.values;
      expectAgree(await predicted(), await predicted(), 'tokens in prediction', 0);
      const trained = async (): Promise<readonly number[]> => {
        const step = () => ({ ...inTraining(1, (context) => encodeBatch(encoder, prepared, context)) });
        return (await readTensors(step)).tokens.values;
      };
      expectAgree(await trained(), await trained(), 'tokens in training', 0);
    },
  },
  {
    rule: 'sends a gradient to every trained parameter',
    check: async (subject) => {
      const { encoder, parameters, withoutGradient } = subject;
      const prepared = await prepareAll(subject);
      const value = () => inTraining(1, (context) => tokenSum(encoder, prepared, context));
      await expectGradientReaches(parameters, value, { what: 'encode', except: withoutGradient });
    },
  },
  {
    rule: 'has the gradient of its value in the parameters, where that is smooth',
    check: async (subject) => {
      const { encoder, parameters, smooth } = subject;
      if (!smooth) return;
      const prepared = await prepareAll(subject);
      const value = () => tokenSum(encoder, prepared, inferenceContext());
      await expectParameterGradients(parameters, value, { what: 'gradient of the tokens' });
    },
  },
  {
    rule: 'gives the same tokens after saving and loading',
    check: (subject) =>
      expectRestored(
        subject,
        async (one) => (await readBlock(one.encoder, await prepareAll(one))).tokens.values,
        'tokens',
      ),
  },
  {
    rule: 'borrows its batch and leaves no tensor behind',
    check: async (subject) => {
      const { encoder, parameters } = subject;
      const prepared = await prepareAll(subject);
      const predict = (): void => {
        const batch = encoder.collate(prepared);
        const block = encoder.encode(batch, inferenceContext());
        for (const owned of Object.values(block) as { dispose(): void }[]) owned.dispose();
        for (const [name, borrowed] of Object.entries(batch)) {
          expectThat(!borrowed.isDisposed, `encode: must leave its arguments, got a disposed "${name}".`);
          borrowed.dispose();
        }
      };
      await expectNoLeak(predict, 'collate and encode');
      const value = () => inTraining(1, (context) => tokenSum(encoder, prepared, context));
      await expectNoLeak(() => parameterGradients(parameters, () => tidy(value)), 'encode in training');
    },
  },
];
