// The contract passes sound runners and finds what is wrong with broken ones.
import '@tensorflow/tfjs-backend-cpu';
import { dispose, keep, scalar, setBackend, tidy } from '@tensorflow/tfjs-core';
import { eagerRunner, flattenTree, type FunctionRunner, type TensorFunction } from '@tessera/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { functionRunnerContract } from './functionRunnerContract.js';
import { ReplayRunner } from './replayRunner.js';

beforeAll(async () => {
  await setBackend('cpu');
});

async function broken(runner: FunctionRunner): Promise<string[]> {
  const rules: string[] = [];
  for (const { rule, check } of functionRunnerContract) {
    try {
      await check(runner);
    } catch {
      rules.push(rule);
    }
    runner.forget('');
  }
  return rules;
}

type Run = FunctionRunner['run'];

/** A replaying runner whose calls are made otherwise. */
function otherwise(change: (run: Run) => Run, forget?: FunctionRunner['forget']): FunctionRunner {
  const sound = new ReplayRunner({ mode: 'replay' });
  const run = change((fn) => sound.run(fn));
  return { description: 'broken', captures: true, run, forget: forget ?? ((prefix) => sound.forget(prefix)) };
}

const withKey =
  (run: Run, key: (fn: TensorFunction<unknown, unknown, unknown>) => string): Run =>
  (fn) =>
    run({ ...fn, key: key(fn as TensorFunction<unknown, unknown, unknown>) });

const cases: [what: string, runner: () => FunctionRunner, rule: string][] = [
  ['does not look at keys', () => otherwise((run) => withKey(run, () => 'contract/')), 'runs the body of another key'],
  [
    'forgets nothing',
    () =>
      otherwise(
        (run) => run,
        () => undefined,
      ),
    'forgets what is kept',
  ],
  [
    'forgets under a call that runs',
    () => {
      let forgotten = 0;
      const sound = new ReplayRunner({ mode: 'replay' });
      return {
        description: 'broken',
        captures: true,
        run: async (fn) => {
          const before = forgotten;
          const result = await sound.run(fn);
          await new Promise((resolve) => setTimeout(resolve, 5));
          if (forgotten > before) throw new Error('the function is gone');
          return result;
        },
        forget: (prefix) => {
          forgotten += 1;
          sound.forget(prefix);
        },
      };
    },
    'lets a call that runs now end',
  ],
  [
    'frees its inputs',
    () =>
      otherwise((run) => async (fn) => {
        const result = await run(fn);
        dispose([...flattenTree(fn.inputs).tensors]);
        return result;
      }),
    'leaves its inputs as they were',
  ],
  [
    'keeps a tensor of each call',
    () =>
      otherwise((run) => (fn) => {
        keep(scalar(0));
        return run(fn);
      }),
    'leaves nothing behind from one call',
  ],
  [
    'wraps the errors of a body',
    () =>
      otherwise(
        (run) => (fn) =>
          run(fn).catch((error: unknown) => {
            throw new Error('the function failed', { cause: error });
          }),
      ),
    'lets errors of a body through',
  ],
  [
    'hands out inputs and variables themselves',
    () => ({
      ...eagerRunner,
      run: (fn) => new Promise((resolve) => resolve(tidy((() => fn.body(fn.inputs)) as () => never))),
    }),
    'gives outputs that may be freed one by one',
  ],
  [
    'remembers what came out',
    () => {
      const results = new Map<string, Promise<never>>();
      const run: Run = (fn) => {
        const id = fn.key + flattenTree(fn.inputs).skeleton;
        const result = results.get(id) ?? (eagerRunner.run(fn) as Promise<never>);
        results.set(id, result);
        return result.then((given: { outputs: unknown; info: never }) => {
          const { tensors, rebuild } = flattenTree(given.outputs);
          return { outputs: rebuild(tensors.map((tensor) => tensor.clone())) as never, info: given.info };
        });
      };
      return { ...eagerRunner, run, forget: () => results.clear() };
    },
    'gives each call the values of its own inputs',
  ],
];

describe('the contract of function runners', () => {
  it('passes sound ones', async () => {
    expect(await broken(eagerRunner)).toEqual([]);
    expect(await broken(new ReplayRunner({ mode: 'replay' }))).toEqual([]);
  });

  it.each(cases)('finds one that %s', async (_, make, rule) => {
    expect((await broken(make())).filter((found) => found.startsWith(rule))).toHaveLength(1);
  });
});
