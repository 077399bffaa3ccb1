import { engine } from '@tensorflow/tfjs-core';
import type { AnyDefinition, Dataset, DatasetRequest, Sample, Split } from '@tessera/core';
import type { Contract } from '../contract.js';
import { expectPlain } from '../encoder/preparationRules.js';
import { expectEqual, expectSame, expectThat, expectUserError, failureOf } from '../expectations.js';
import { createIn, homeOf, type PartSetting } from '../parts/partSetting.js';

/** How a dataset is tried. */
export interface DatasetCase extends PartSetting {
  /** The model it feeds, and the folder that file names start from. */
  readonly request: DatasetRequest;
  /** Options that must be refused, such as the name of a file that is not there, and what the message must name. */
  readonly faults: readonly DatasetFault[];
}

/** Options of a dataset that must be refused. */
export interface DatasetFault {
  readonly options: Readonly<Record<string, unknown>>;
  /** What the message must name: the file, the row. */
  readonly names: string;
}

/** What {@link datasetContract} looks at. */
export interface DatasetSubject extends Pick<DatasetCase, 'request' | 'faults'> {
  readonly dataset: Dataset;
  /** Opens it again, or with other options. */
  open(options?: Readonly<Record<string, unknown>>): Promise<Dataset>;
}

/** Opens a dataset. */
export async function datasetSubject(definition: AnyDefinition, given: DatasetCase): Promise<DatasetSubject> {
  const { request, faults } = given;
  const open: DatasetSubject['open'] = async (options = given.options) => {
    const setting = { ...given, ...(options && { options }) };
    const home = homeOf(definition, setting);
    const created = await createIn<Dataset, 'dataset'>(home, definition, setting, { path: 'data', request });
    created.dispose();
    return created.part;
  };
  return { dataset: await open(), open, request, faults };
}

const samplesOf = (split: Split): Sample[] => Array.from({ length: split.length }, (_, index) => split.sample(index));

/** What every dataset keeps to. */
export const datasetContract: Contract<DatasetSubject> = [
  {
    rule: 'has splits with samples, which know their names',
    check: ({ dataset }) => {
      const splits = Object.entries(dataset.splits);
      expectThat(splits.length > 0, 'splits: must be one at least, got none.');
      for (const [name, split] of splits) {
        expectEqual(split.name, name, 'name of a split');
        expectThat(Number.isInteger(split.length) && split.length > 0, `length of ${name}: got ${split.length}.`);
        expectThat(split.origin !== '', `origin of ${name}: must say where it comes from.`);
      }
    },
  },
  {
    rule: 'gives samples of the modalities and heads that were asked for',
    check: ({ dataset, request }) => {
      const modalities = request.modalities.map(({ name }) => name);
      for (const { inputs, targets, origin } of Object.values(dataset.splits).flatMap(samplesOf)) {
        const [given, labelled] = [Object.keys(inputs), Object.keys(targets)];
        expectThat(given.length > 0, `${origin}: must have an input.`);
        expectThat(
          given.every((name) => modalities.includes(name)),
          `${origin}: must have known modalities, got ${given.join()}.`,
        );
        expectThat(
          labelled.every((name) => request.heads.includes(name)),
          `${origin}: must have known heads, got ${labelled.join()}.`,
        );
        const values = [...Object.values(inputs), ...Object.values(targets)];
        expectThat(
          !values.some((value) => value === undefined || value === null),
          `${origin}: what is absent is left out.`,
        );
      }
    },
  },
  {
    rule: 'gives plain data and makes no tensor',
    check: async ({ open }) => {
      // The engine's own count, since a dataset's tests may have no backend, which memory() asks.
      const before = engine().state.numTensors;
      const samples = Object.values((await open()).splits).flatMap(samplesOf);
      for (const { inputs, targets, origin } of samples) expectPlain({ inputs, targets }, origin);
      expectEqual(engine().state.numTensors - before, 0, 'tensors that are left by reading');
    },
  },
  {
    rule: 'names each sample once, and where it stands',
    check: ({ dataset }) => {
      for (const [name, split] of Object.entries(dataset.splits)) {
        const samples = samplesOf(split);
        expectEqual(new Set(samples.map(({ id }) => id)).size, samples.length, `different ids in ${name}`);
        expectEqual(new Set(samples.map(({ origin }) => origin)).size, samples.length, `different origins in ${name}`);
      }
    },
  },
  {
    rule: 'gives the same sample whenever it is asked',
    check: ({ dataset }) => {
      for (const split of Object.values(dataset.splits)) {
        const backwards = Array.from({ length: split.length }, (_, i) => split.sample(split.length - 1 - i)).reverse();
        expectSame(backwards, samplesOf(split), 'a sample must be the same in any order of asking');
      }
    },
  },
  {
    rule: 'is the same when it is opened again',
    check: async ({ dataset, open }) => {
      const again = await open();
      expectEqual(again.fingerprint, dataset.fingerprint, 'fingerprint');
      expectEqual(Object.keys(again.splits), Object.keys(dataset.splits), 'splits');
      for (const [name, split] of Object.entries(dataset.splits)) {
        expectSame(
          samplesOf(again.splits[name] as Split),
          samplesOf(split),
          'samples must be the same when opened again',
        );
      }
    },
  },
  {
    rule: 'refuses an index outside a split',
    check: async ({ dataset }) => {
      for (const split of Object.values(dataset.splits)) {
        for (const index of [-1, split.length]) {
          const error = await failureOf(() => split.sample(index), `sample ${index}`);
          expectThat(error.message.includes(String(index)), `the message must name ${index}, got "${error.message}".`);
        }
      }
    },
  },
  {
    rule: 'refuses what it cannot read, and says which file and row',
    check: async ({ open, faults }) => {
      for (const { options, names } of faults) {
        expectUserError(await failureOf(() => open(options), `data with ${names}`), { names }, 'data');
      }
    },
  },
];
