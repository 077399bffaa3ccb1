// What an encoder does before there are tensors.
import { memory, Tensor } from '@tensorflow/tfjs-core';
import { isUnder, type Encoder } from '@tessera/core';
import type { Contract } from '../contract.js';
import { ContractError, expectEqual, expectSame, expectThat, expectUserError, failureOf } from '../expectations.js';
import { prepareAll, type EncoderSubject } from './encoderSubject.js';

/** Rules of `prepare`, `check`, `preview` and of what an encoder declares. */
export const preparationRules: Contract<EncoderSubject> = [
  {
    rule: 'declares whole sizes and parameters that exist',
    check: ({ encoder, parameters, path }) => {
      for (const size of ['tokenWidth', 'maxTokens', 'numParts'] as const) {
        const value = encoder[size];
        expectThat(Number.isInteger(value) && value > 0, `${size}: must be a whole number above 0, got ${value}.`);
      }
      expectThat(['encoder', 'fusion'].includes(encoder.tokenSpace), `tokenSpace: got ${encoder.tokenSpace}.`);
      const paths = parameters.list().map((parameter) => parameter.path);
      for (const tower of encoder.towerPaths.filter((prefix) => isUnder(prefix, path))) {
        const held = paths.length === 0 || paths.some((parameter) => isUnder(parameter, tower));
        expectThat(held, `towerPaths: must name parameters, got "${tower}", below which there are none.`);
      }
    },
  },
  {
    rule: 'prepares plain data and makes no tensor',
    check: async (subject) => {
      const before = memory().numTensors;
      const prepared = await prepareAll(subject);
      expectEqual(memory().numTensors - before, 0, 'tensors made by prepare');
      for (const item of prepared) expectPlain(item, 'what prepare returns');
    },
  },
  {
    rule: 'prepares the same input alike each time',
    check: async (subject) => {
      expectSame(await prepareAll(subject), await prepareAll(subject), 'prepare must give the same without a seed');
    },
  },
  {
    rule: 'draws augmentation from its seed alone',
    check: async ({ encoder, samples, augments }) => {
      const [raw] = samples;
      const draw = (augmentationSeed: number): Promise<unknown> => encoder.prepare(raw, { augmentationSeed });
      const first = await draw(1);
      const others = [await draw(2), await draw(3), await draw(4), await draw(5)];
      expectSame(await draw(1), first, 'prepare must give the same for the same augmentationSeed');
      const [text, ...texts] = [first, ...others].map((item) => JSON.stringify(item));
      const differs = texts.some((other) => other !== text);
      expectEqual(differs, augments ?? false, 'whether seeds 1 to 5 give different results');
    },
  },
  {
    rule: 'leaves a raw input as it was',
    check: async (subject) => {
      const before = JSON.stringify(subject.samples);
      await prepareAll(subject);
      expectThat(JSON.stringify(subject.samples) === before, 'prepare must not write to a raw input.');
    },
  },
  {
    rule: 'refuses what it cannot prepare, and says what that was',
    check: async ({ encoder, faults }) => {
      for (const { raw, names } of faults) {
        const error = await failureOf(() => encoder.prepare(raw, {}), `prepare of ${names}`);
        expectUserError(error, { name: 'DataError', names }, 'prepare');
        await checkIfItCan(encoder, raw, names);
      }
    },
  },
  {
    rule: 'finds nothing wrong with what it can prepare',
    check: async ({ encoder, samples }) => {
      for (const raw of samples) {
        try {
          await encoder.check?.(raw);
        } catch (error) {
          throw new ContractError(`check: must accept what prepare takes, got ${String(error)}`, { cause: error });
        }
      }
    },
  },
  {
    rule: 'shows a raw input',
    check: async ({ encoder, samples }) => {
      for (const raw of encoder.preview ? samples : []) {
        const shown = await encoder.preview?.(raw);
        if (shown?.kind === 'image') {
          expectThat(shown.mime.startsWith('image/') && shown.bytes.length > 0, 'preview: must give a picture file.');
        } else expectThat(typeof shown?.text === 'string', 'preview: must give a text or a picture.');
      }
    },
  },
];

/** A cheap check may miss a fault, but what it throws is a DataError too. */
async function checkIfItCan(encoder: Encoder, raw: unknown, names: string): Promise<void> {
  try {
    await encoder.check?.(raw);
  } catch (error) {
    expectThat(error instanceof Error, `check: must throw an Error, got ${String(error)}.`);
    expectUserError(error, { name: 'DataError', names }, 'check');
  }
}

/** Throws ContractError for tensors, functions and whatever else cannot be sent to a worker. */
export function expectPlain(value: unknown, what: string): void {
  expectThat(!holdsTensor(value), `${what}: must be plain data, got a tensor.`);
  try {
    structuredClone(value);
  } catch (error) {
    expectThat(false, `${what}: must be plain data, got ${error instanceof Error ? error.message : String(error)}`);
  }
}

function holdsTensor(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  return value instanceof Tensor || Object.values(value).some(holdsTensor);
}
