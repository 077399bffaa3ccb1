// The plain JavaScript backend of TensorFlow.js with something wrong.
import {
  engine,
  getGradient,
  getKernel,
  mul,
  registerGradient,
  registerKernel,
  tensor,
  unregisterGradient,
  unregisterKernel,
  type KernelConfig,
  type NamedTensorInfoMap,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { eagerRunner, flattenTree, type FunctionRunner } from '@tessera/core';

type Run = FunctionRunner['run'];

/** Something wrong: breaks the backend, and gives what mends it. */
export interface Fault {
  readonly runner?: FunctionRunner;
  break?(): () => void;
}

interface OpenBackend {
  floatPrecision(): 16 | 32;
  read(dataId: object): Promise<ArrayLike<number>>;
  readSync(dataId: object): Float32Array;
}

const active = (): OpenBackend => engine().backend as unknown as OpenBackend;

/** Replaces a method of the open backend. */
const withMethod =
  <K extends keyof OpenBackend>(name: K, make: (original: OpenBackend[K]) => OpenBackend[K]) =>
  (): (() => void) => {
    const backend = active();
    const original = backend[name];
    backend[name] = make(original.bind(backend) as OpenBackend[K]);
    return () => void (backend[name] = original);
  };

type Kernel = (inputs: NamedTensorInfoMap, run: () => TensorInfo) => TensorInfo;

/** Replaces a kernel. */
const withKernel = (kernelName: string, make: Kernel) => (): (() => void) => {
  const original = getKernel(kernelName, 'cpu') as KernelConfig;
  const replace = (config: KernelConfig): void => {
    unregisterKernel(kernelName, 'cpu');
    registerKernel(config);
  };
  replace({
    ...original,
    kernelFunc: (given) => make(given.inputs, () => original.kernelFunc(given) as TensorInfo),
  });
  return () => replace(original);
};

/** The values of a kernel's result, to be changed. */
const valuesOf = ({ dataId }: TensorInfo): Float32Array => active().readSync(dataId);

/** Changes each value of a kernel's result. */
const changing = (kernelName: string, change: (value: number, i: number) => number): (() => () => void) =>
  withKernel(kernelName, (_inputs, run) => {
    const result = run();
    const values = valuesOf(result);
    values.set(Array.from(values, change));
    return result;
  });

export const ofHalfPrecision: Fault = { break: withMethod('floatPrecision', () => () => 16) };

/** Hands out all numbers as it computes with them, in float32. */
export const readingFloats: Fault = {
  break: withMethod('read', (read) => async (dataId) => Array.from(await read(dataId), Math.fround)),
};

export const roundingToIntegers: Fault = {
  break: withKernel('Cast', (inputs, run) => {
    const { x } = inputs;
    const result = run();
    if (x?.dtype === 'float32' && result.dtype === 'int32') valuesOf(result).set(Array.from(valuesOf(x), Math.round));
    return result;
  }),
};

export const multiplyingWrongly: Fault = { break: changing('BatchMatMul', (value) => value * 1.01) };

/** Has twice the gradient for a softmax. */
export const withWrongGradient: Fault = {
  break: () => {
    const original = getGradient('Softmax');
    const replace = (config: typeof original): void => {
      unregisterGradient('Softmax');
      registerGradient(config);
    };
    replace({
      ...original,
      gradFunc: (...given) => {
        const { logits } = original.gradFunc(...given);
        return { logits: () => mul((logits as () => Tensor)(), 2) };
      },
    });
    return () => replace(original);
  },
};

let time = 0;

/** Adds up in another order each time, as threads do. */
export const summingAnyhow: Fault = { break: changing('Sum', (value) => value * (1 + 1e-6 * (++time % 2))) };

type Draw = (place: number, seed: number, size: number) => number;

/** Draws other random numbers. */
const drawing = (draw: Draw) => (): (() => void) => {
  const kernelName = 'TesseraStatelessUniform';
  const original = getKernel(kernelName, 'cpu') as KernelConfig | undefined;
  if (original) unregisterKernel(kernelName, 'cpu');
  const kernelFunc: KernelConfig['kernelFunc'] = ({ inputs, attrs }) => {
    const { shape } = attrs as unknown as { shape: number[] };
    const [first = 0, second = 0] = valuesOf(inputs['seed'] as TensorInfo);
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    return tensor(
      Array.from({ length: size }, (_, i) => draw(i, first * 31 + second, size)),
      shape,
    );
  };
  registerKernel({ kernelName, backendName: 'cpu', kernelFunc });
  return () => {
    unregisterKernel(kernelName, 'cpu');
    if (original) registerKernel(original);
  };
};

const hash = (x: number): number => Math.abs((Math.sin(x) * 43758.5453) % 1);

/** Draws numbers that change with the shape. */
export const drawingByShape: Fault = { break: drawing((place, seed, size) => hash(place + seed * 977 + size)) };

/** Draws from [0, 0.5) alone. */
export const drawingHalves: Fault = { break: drawing((place, seed) => hash(place + seed * 977) / 2) };

/** Keeps an array of each call. */
export const keepingArrays: Fault = {
  break: withKernel('Softmax', (_inputs, run) => {
    engine().backend.write(new Float32Array(1), [1], 'float32');
    return run();
  }),
};

const accepting: Run = (fn) => eagerRunner.run({ ...fn, precision: 'float32' });

/** Computes in float32 whatever is asked for. */
export const acceptingAnyPrecision: Fault = { runner: { ...eagerRunner, run: accepting } };

/** Has no lower precision, and does not say why. */
export const withoutReason: Fault = { runner: { ...eagerRunner, precisions: { none: '' } } };

/** Says that it computes in bfloat16, and refuses it. */
export const promisingTooMuch: Fault = { runner: { ...eagerRunner, precisions: ['bf16-mixed'] } };

/** Computes in four bits where eight are promised. */
export const roundingRoughly: Fault = {
  runner: {
    ...eagerRunner,
    precisions: ['bf16-mixed'],
    run: async (fn) => {
      const { outputs, info } = await accepting(fn);
      const { tensors, rebuild } = flattenTree(outputs);
      if (fn.precision === 'bf16-mixed') for (const x of tensors) valuesOf(x).set(Array.from(valuesOf(x), Math.round));
      return { outputs: rebuild(tensors), info };
    },
  },
};

/** Looks for the values a little later. */
export const readingLate: Fault = {
  break: withMethod('read', (read) => async (dataId) => {
    await Promise.resolve();
    return read(dataId);
  }),
};
