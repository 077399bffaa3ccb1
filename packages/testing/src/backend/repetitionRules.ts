import { grads, sum, tensor1d, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import { dropout, gather, statelessUniform } from '@tessera/layers';
import { randomTensor, readTensors, weightedSum, type TensorReading } from '../checks/tensorReading.js';
import type { Contract } from '../contract.js';
import { expectThat } from '../expectations.js';
import type { BackendSubject } from './backendSubject.js';

const seed = (first: number, second: number): Tensor1D => tensor1d([first, second], 'int32');

/** What many threads would add up in an order of their own. */
const longSums: readonly [string, () => Tensor][] = [
  ['a sum of 50000 numbers', () => sum(randomTensor([50_000], 1))],
  [
    'the gradient of rows looked up often',
    () => {
      const ids = tensor1d(
        Array.from({ length: 3000 }, (_, i) => (i * 7) % 5),
        'int32',
      );
      return grads((table: Tensor) => weightedSum(gather(table, ids)))([randomTensor([5, 8], 2)])[0] as Tensor;
    },
  ],
];

const read = async (make: () => Tensor): Promise<TensorReading> =>
  (await readTensors(() => ({ result: make() }))).result;

const uniform = (shape: readonly number[], [first, second]: readonly [number, number]): Promise<TensorReading> =>
  read(() => statelessUniform(shape, seed(first, second)));

const isSame = (a: TensorReading, b: TensorReading): boolean => a.values.join() === b.values.join();

/** The same again, and chance that follows from a seed. */
export const repetitionRules: Contract<BackendSubject> = [
  {
    rule: 'gives the same bits again, however long a sum is',
    check: async () => {
      for (const [what, make] of longSums) {
        const first = await read(make);
        for (let time = 2; time <= 4; time++) {
          const again = await read(make);
          const place = first.values.findIndex((value, i) => value !== again.values[i]);
          expectThat(
            place < 0,
            `${what}: time ${time} must give what the first gave, got ${again.values[place]} instead of ` +
              `${first.values[place]} at ${place}. Add in a fixed order, without atomic sums.`,
          );
        }
      }
    },
  },
  {
    rule: 'draws random numbers that follow from seed and place alone',
    check: async () => {
      const first = await uniform([40, 50], [7, 9]);
      expectThat(
        isSame(await uniform([40, 50], [7, 9]), first),
        'statelessUniform: one seed must draw the same again.',
      );
      const short = await uniform([100], [7, 9]);
      const start = { ...first, values: first.values.slice(0, 100) };
      expectThat(isSame(short, start), 'statelessUniform: a number must depend on its place, and not on the shape.');
      for (const other of [
        [8, 9],
        [7, 10],
      ] as const) {
        const drawn = await uniform([40, 50], other);
        const equal = drawn.values.filter((value, i) => value === first.values[i]).length;
        expectThat(
          equal < 20,
          `statelessUniform: seed ${other.join()} must draw others than 7,9, got ${equal} equal of 2000.`,
        );
      }
    },
  },
  {
    rule: 'draws them evenly from [0, 1), and drops the share that it is told to',
    check: async () => {
      const { values } = await uniform([4000], [3, 4]);
      const outside = values.find((value) => !(value >= 0 && value < 1));
      expectThat(outside === undefined, `statelessUniform: must be in [0, 1), got ${outside}.`);
      for (const below of [0.1, 0.5, 0.9]) {
        const share = values.filter((value) => value < below).length / values.length;
        expectThat(
          Math.abs(share - below) < 0.03,
          `statelessUniform: the share below ${below} must be ${below} within 0.03, got ${share}.`,
        );
      }
      const kept = await read(() => dropout(randomTensor([4000], 5), 0.25, seed(1, 2)));
      const dropped = kept.values.filter((value) => value === 0).length / 4000;
      expectThat(Math.abs(dropped - 0.25) < 0.03, `dropout: must drop 0.25 within 0.03, got ${dropped}.`);
    },
  },
];
