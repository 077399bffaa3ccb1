// Runners of functions that are wrong in one way each, as runners that capture graphs have been.
import { cast, dispose, engine, keep, scalar, tidy, Variable, type Tensor } from '@tensorflow/tfjs-core';
import { eagerRunner, flattenTree, type FunctionRunner, type TensorFunction } from '@tessera/core';
import { ReplayRunner } from '@tessera/testing';

type Run = FunctionRunner['run'];
type AnyFunction = TensorFunction<unknown, unknown, unknown>;

/** A replaying runner with something changed. */
export function replayingWith(change: Partial<FunctionRunner> & { calls?: (run: Run) => Run }): FunctionRunner {
  const sound = new ReplayRunner({ mode: 'replay' });
  const run: Run = (fn) => sound.run(fn);
  const { calls, ...others } = change;
  const forget = (prefix: string): void => sound.forget(prefix);
  return { description: 'broken', captures: true, run: calls?.(run) ?? run, forget, ...others };
}

/** Changes what a function is before it runs. */
export const onOther = (change: (fn: AnyFunction) => Partial<AnyFunction>): FunctionRunner =>
  replayingWith({ calls: (run) => (fn) => run({ ...fn, ...(change(fn as AnyFunction) as object) }) });

const idOf = (fn: { key: string; inputs: unknown }): string => fn.key + flattenTree(fn.inputs).skeleton;

/** Runs each body, and calls `around` with how often it ran before under the same key and shapes. */
function eagerly(around: (body: () => unknown, time: number, id: string) => unknown): FunctionRunner {
  const times = new Map<string, number>();
  const run: Run = (fn) => {
    const id = idOf(fn);
    const time = times.get(id) ?? 0;
    times.set(id, time + 1);
    return eagerRunner.run({ ...fn, body: (inputs) => around(() => fn.body(inputs), time, id) as never });
  };
  return { ...eagerRunner, run, forget: () => times.clear() };
}

/** Runs a body with a method of an object replaced. */
function replacing<T extends object, K extends keyof T>(target: T, name: K, by: T[K], body: () => unknown): unknown {
  const original = target[name];
  target[name] = by;
  try {
    return body();
  } finally {
    target[name] = original;
  }
}

/** Keeps one graph for each key, which fits the shapes of the first call. */
export function ofOneShape(): FunctionRunner {
  const shapes = new Map<string, string>();
  return onOther(({ key, inputs }) => {
    const { skeleton } = flattenTree(inputs);
    const first = shapes.get(key) ?? skeleton;
    shapes.set(key, first);
    if (first !== skeleton) throw new RangeError(`the graph takes ${first}`);
    return {};
  });
}

/** Takes tensors that were one in the first call for one ever after. */
export function mergingInputs(): FunctionRunner {
  const places = new Map<string, readonly number[]>();
  return onOther((fn) => {
    const { tensors, rebuild } = flattenTree(fn.inputs);
    const first = places.get(idOf(fn)) ?? tensors.map((tensor) => tensors.indexOf(tensor));
    places.set(idOf(fn), first);
    return { inputs: rebuild(first.map((place) => tensors[place] as Tensor)) };
  });
}

/** Keeps inputs of one number from the first call. */
export function bakingInScalars(): FunctionRunner {
  const known = new Map<string, readonly (Tensor | undefined)[]>();
  return onOther((fn) => {
    const { tensors, rebuild } = flattenTree(fn.inputs);
    const first = known.get(idOf(fn)) ?? tensors.map((x) => (x.size === 1 ? keep(x.clone()) : undefined));
    known.set(idOf(fn), first);
    return { inputs: rebuild(tensors.map((tensor, i) => first[i] ?? tensor)) };
  });
}

/** Gives every output as float32. */
export const givingFloats = (): FunctionRunner =>
  onOther(({ body }) => ({
    body: (inputs) => {
      const { outputs, info } = body(inputs);
      const { tensors, rebuild } = flattenTree(outputs);
      return { outputs: rebuild(tensors.map((tensor) => cast(tensor, 'float32'))), info };
    },
  }));

/** Gives a body that reads a value the value of the first call. */
export function repeatingReads(): FunctionRunner {
  const read = new Map<string, unknown>();
  const hooked = engine() as unknown as { readSync(dataId: object): unknown };
  return eagerly((body, _time, id) => {
    const original = hooked.readSync.bind(hooked);
    const remember = (dataId: object): unknown => read.get(id) ?? read.set(id, original(dataId)).get(id);
    return replacing(hooked, 'readSync', remember, body);
  });
}

/** Has zeros for a body's constants when it is repeated. */
export function losingConstants(): FunctionRunner {
  const hooked = engine() as unknown as { makeTensor(values: { length: number }, ...rest: unknown[]): Tensor };
  return eagerly((body, time) => {
    const original = hooked.makeTensor.bind(hooked);
    const zeros: typeof original = (values, ...rest) => original(new Float32Array(values.length), ...rest);
    return time === 0 ? body() : replacing(hooked, 'makeTensor', zeros, body);
  });
}

type Assign = (this: Variable, value: Tensor) => void;
const variables = Variable.prototype as unknown as { assign: Assign };

/** Assigns after the body, so that it reads variables as they were before. */
export const assigningLate = (): FunctionRunner =>
  eagerly((body) => {
    const late: [Variable, Tensor][] = [];
    const queue: Assign = function (value) {
      late.push([this, value]);
    };
    const result = replacing(variables, 'assign', queue, body);
    for (const [variable, value] of late) variable.assign(value);
    return result;
  });

/** Keeps the values of variables to itself from one call to the next. */
export function keepingVariables(): FunctionRunner {
  const own = new Map<Variable, Tensor>();
  return eagerly((body) => {
    for (const [variable, value] of own) if (!variable.isDisposed) variable.assign(value);
    const original = variables.assign;
    const note: Assign = function (value) {
      own.set(this, keep(value.clone()));
      original.call(this, value);
    };
    return replacing(variables, 'assign', note, body);
  });
}

/** Leaves a tensor behind when a body fails. */
export const leakingOnFailure = (): FunctionRunner =>
  replayingWith({
    calls: (run) => (fn) =>
      run(fn).catch((error: unknown) => {
        keep(scalar(0));
        throw error;
      }),
  });

/** Runs what was started together the last first. */
export function lastFirst(): FunctionRunner {
  const waiting: (() => void)[] = [];
  return replayingWith({
    calls: (run) => async (fn) => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        setImmediate(() => waiting.pop()?.());
      });
      return run(fn);
    },
  });
}

/** Breaks off a call when what it uses is forgotten. */
export function forgettingTooEarly(): FunctionRunner {
  let forgotten = 0;
  const calls =
    (run: Run): Run =>
    async (fn) => {
      const before = forgotten;
      const result = await run(fn);
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (forgotten > before) throw new Error('the function is gone');
      return result;
    };
  const sound = replayingWith({ calls });
  const forget = (prefix: string): void => {
    forgotten += 1;
    sound.forget(prefix);
  };
  return { ...sound, forget };
}

/** Frees its inputs. */
export const freeingInputs = (): FunctionRunner =>
  replayingWith({
    calls: (run) => async (fn) => {
      const result = await run(fn);
      dispose([...flattenTree(fn.inputs).tensors]);
      return result;
    },
  });

/** Hands out inputs and variables themselves. */
export const lendingOutputs = (): FunctionRunner => ({
  ...eagerRunner,
  run: (fn) => new Promise((resolve) => resolve(tidy((() => fn.body(fn.inputs)) as () => never))),
});

/** Remembers what came out. */
export function rememberingResults(): FunctionRunner {
  const results = new Map<string, Promise<never>>();
  const run: Run = (fn) => {
    const result = results.get(idOf(fn)) ?? (eagerRunner.run(fn) as Promise<never>);
    results.set(idOf(fn), result);
    return result.then((given: { outputs: unknown; info: never }) => {
      const { tensors, rebuild } = flattenTree(given.outputs);
      return { outputs: rebuild(tensors.map((tensor) => tensor.clone())) as never, info: given.info };
    });
  };
  return { ...eagerRunner, run, forget: () => results.clear() };
}
