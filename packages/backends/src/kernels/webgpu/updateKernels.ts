// AdamW, sums of squares and sums over leading axes.
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import { sumOverRows, type SumAttributes } from '../sumOverRows.js';
import { sumRows } from './columnSums.js';
import { forEach, input, sizeOf, webgpuKernel, type KernelCall } from './webgpuKernel.js';
import { elementwise, floats, groupSum, type WgslProgram } from './wgslProgram.js';

interface AdamWAttributes {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

const scalarNames = ['learningRate', 'biasCorrection1', 'biasCorrection2', 'gradientScale'] as const;

/** The step's numbers in one array, since a program may read eight arrays everywhere, and not more. */
const packScalars: WgslProgram = {
  name: 'packScalars',
  outputs: ['packed'],
  inputs: floats(...scalarNames),
  uniforms: { none: 'u32' },
  threads: 64,
  body: `if (block > 0u || lane > 0u) { return; }
  ${scalarNames.map((name, i) => `packed[${i}] = ${name}[0];`).join(' ')}`,
};

/** Where an update reads the step's numbers, and which arrays it writes. */
interface AdamWVariant {
  readonly outputs: readonly [next: string, nextM: string, nextV: string];
  readonly inputs: readonly string[];
  /** Uniforms beside the optimizer's own. */
  readonly uniforms?: readonly string[];
  /** Makes a number of the step available under its name. */
  readonly scalar: (name: string, i: number) => string;
}

const adamWWith = (name: string, { outputs, inputs, uniforms = [], scalar }: AdamWVariant): WgslProgram =>
  elementwise({
    name,
    outputs,
    inputs: floats(...inputs),
    uniforms: Object.fromEntries(
      ['beta1', 'beta2', 'rest1', 'rest2', 'epsilon', 'weightDecay', ...uniforms].map((each) => [each, 'f32'] as const),
    ),
    body: `
  ${scalarNames.map((each, i) => `let ${each}Now = ${scalar(each, i)};`).join(' ')}
  let g = gradient[i] * gradientScaleNow;
  let newM = m[i] * u.beta1 + g * u.rest1;
  let newV = v[i] * u.beta2 + g * g * u.rest2;
  let denominator = sqrt(newV) / sqrt(biasCorrection2Now) + u.epsilon;
  let step = learningRateNow / biasCorrection1Now * (newM / denominator);
  ${outputs[0]}[i] = parameter[i] * (1.0 - learningRateNow * u.weightDecay) - step;
  ${outputs[1]}[i] = newM;
  ${outputs[2]}[i] = newV;`,
  });

const state = ['parameter', 'm', 'v'] as const;
const others = { outputs: ['next', 'nextM', 'nextV'] } as const;

const adamWFromHost = adamWWith('adamW', {
  ...others,
  inputs: [...state, 'gradient'],
  uniforms: scalarNames,
  scalar: (name) => `u.${name}`,
});
const adamWFromTensor = adamWWith('adamWByTensor', {
  ...others,
  inputs: [...state, 'gradient', 'packed'],
  scalar: (_name, i) => `packed[${i}]`,
});
/** Writes the parameter and its moments where they lie. */
const adamWInPlace = adamWWith('adamWInPlace', {
  outputs: state,
  inputs: ['gradient', ...scalarNames],
  scalar: (name) => `${name}[0]`,
});

/** The step's numbers, where the host still has all of them. */
function hostScalars({ inputs, context }: KernelCall<AdamWAttributes>): Record<string, number> | undefined {
  const entries = scalarNames.map((name) => {
    const tensor = inputs[name];
    return [name, tensor ? context.hostValues(tensor)?.[0] : 1] as const;
  });
  return entries.every(([, value]) => value !== undefined)
    ? (Object.fromEntries(entries) as Record<string, number>)
    : undefined;
}

const adamW = webgpuKernel<AdamWAttributes>('TesseraAdamW', (call) => {
  const { context, attributes } = call;
  const tensors = [...state, 'gradient'].map((name) => input(call, name));
  const { shape } = input(call, 'parameter');
  const { beta1, beta2 } = attributes;
  const constants = { ...attributes, rest1: 1 - beta1, rest2: 1 - beta2 };
  const size = util.sizeFromShape(shape);
  const updated = context.inPlace(tensors.slice(0, state.length));
  if (updated) {
    const numbers = stepTensors(call);
    const inputs = [input(call, 'gradient'), ...numbers.tensors];
    context.run(adamWInPlace, { inputs, outputs: updated, ...forEach(size, constants) });
    context.release(...numbers.made);
    return updated;
  }
  const outputs = [context.output(shape), context.output(shape), context.output(shape)];
  const scalars = hostScalars(call);
  if (scalars) {
    context.run(adamWFromHost, { inputs: tensors, outputs, ...forEach(size, { ...constants, ...scalars }) });
    return outputs;
  }
  const numbers = stepTensors(call);
  const packed = context.output([scalarNames.length]);
  context.run(packScalars, { inputs: numbers.tensors, outputs: [packed], uniforms: { none: 0 }, workgroups: 1 });
  context.run(adamWFromTensor, { inputs: [...tensors, packed], outputs, ...forEach(size, constants) });
  context.release(packed, ...numbers.made);
  return outputs;
});

/** The step's numbers as tensors, and those among them that are made here. */
function stepTensors(call: KernelCall<AdamWAttributes>): { tensors: TensorInfo[]; made: TensorInfo[] } {
  const made = call.inputs['gradientScale'] ? [] : [call.context.fromHost([], Float32Array.of(1))];
  const tensors = scalarNames.map((name) => call.inputs[name] ?? made[0] ?? input(call, name));
  return { tensors, made };
}

const THREADS = 256;
const MAX_GROUPS = 1024;

/** Each workgroup's share of the sum of `term`. */
const sumProgram = (name: string, term: string): WgslProgram => ({
  name,
  outputs: ['y'],
  inputs: floats('x'),
  uniforms: { size: 'u32', groups: 'u32' },
  threads: THREADS,
  functions: groupSum(THREADS),
  body: `
  if (block >= u.groups) { return; }
  var sum = 0.0;
  for (var i = block * ${THREADS}u + lane; i < u.size; i += u.groups * ${THREADS}u) { sum += ${term}; }
  let total = sumOfGroup(sum, lane);
  if (lane == 0u) { y[block] = total; }`,
});

const squares = sumProgram('sumOfSquares', 'x[i] * x[i]');
const plain = sumProgram('sumOfParts', 'x[i]');

const sumOfSquares = webgpuKernel('TesseraSumOfSquares', (call) => {
  const { context } = call;
  const x = input(call, 'x');
  const y = context.output([]);
  const groups = Math.min(Math.max(Math.ceil(sizeOf(x) / (4 * THREADS)), 1), MAX_GROUPS);
  if (groups === 1) {
    context.run(squares, { inputs: [x], outputs: [y], uniforms: { size: sizeOf(x), groups }, workgroups: 1 });
    return y;
  }
  const parts = context.output([groups]);
  context.run(squares, { inputs: [x], outputs: [parts], uniforms: { size: sizeOf(x), groups }, workgroups: groups });
  context.run(plain, { inputs: [parts], outputs: [y], uniforms: { size: groups, groups: 1 }, workgroups: 1 });
  context.release(parts);
  return y;
});

/** TensorFlow.js' kernel transposes first where leading axes are summed. */
const sum = webgpuKernel<SumAttributes>('Sum', (call) => {
  const { context, attributes, original } = call;
  const x = input(call, 'x');
  const rowSum = sumOverRows(x, attributes);
  if (!rowSum || context.typeOf(x) !== 'f32' || sizeOf(x) === 0) return original();
  const { columns, shape } = rowSum;
  const y = context.output(shape);
  sumRows(context, x, y, [sizeOf(x) / columns, columns]);
  return y;
});

/** What a program may read everywhere, besides the one array that it writes. */
const ADDENDS = 7;

const addPrograms = Array.from({ length: ADDENDS + 1 }, (_, count) => {
  const names = Array.from({ length: count }, (_name, i) => `x${i}`);
  const body = `y[i] = ${names.map((name) => `${name}[i]`).join(' + ')};`;
  return elementwise({ name: `add${count}`, outputs: ['y'], inputs: floats(...names), uniforms: {}, body });
});

/** TensorFlow.js' kernel reads all tensors in one program, which fails for more than a device binds. */
const addN = webgpuKernel('AddN', (call) => {
  const { context, original } = call;
  const [first, ...rest] = Object.values(call.inputs);
  if (!first || rest.length === 0 || [first, ...rest].some((x) => context.typeOf(x) !== 'f32')) return original();
  let total = first;
  while (rest.length > 0) {
    const inputs = [total, ...rest.splice(0, ADDENDS - 1)];
    const y = context.output(first.shape);
    context.run(addPrograms[inputs.length] as WgslProgram, { inputs, outputs: [y], ...forEach(sizeOf(y)) });
    if (total !== first) context.release(total);
    total = y;
  }
  return total;
});

/** Updates and sums. */
export const updateKernels = [adamW, sumOfSquares, sum, addN];
