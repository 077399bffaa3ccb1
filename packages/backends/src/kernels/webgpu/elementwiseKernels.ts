// GELU, ReLU's gradient, dropout and uniform numbers.
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { forEach, input, sizeOf, webgpuKernel, type KernelCall } from './webgpuKernel.js';
import { elementwise, type WgslProgram } from './wgslProgram.js';

/** erf to 2e-7: a rational function on [-4, 4], where it is ±1 beyond to float32; the same as in the wasm kernels. */
const erf = `
fn erfOf(value: f32) -> f32 {
  let x = clamp(value, -4.0, 4.0);
  let t = x * x;
  var p = -2.72614225801306e-10;
  p = p * t + 2.77068142495902e-8;
  p = p * t - 2.10102402082508e-6;
  p = p * t - 5.69250639462346e-5;
  p = p * t - 7.34990630326855e-4;
  p = p * t - 2.954599808540e-3;
  p = p * t - 1.60960333262415e-2;
  var q = -1.45660718464996e-5;
  q = q * t - 2.13374055278905e-4;
  q = q * t - 1.68282697438203e-3;
  q = q * t - 7.37332916720468e-3;
  q = q * t - 1.42647390514189e-2;
  return x * p / q;
}
fn cumulative(x: f32) -> f32 { return 0.5 + 0.5 * erfOf(x * ${Math.SQRT1_2}); }`;

const geluProgram = elementwise({
  name: 'gelu',
  outputs: ['y'],
  inputs: { x: 'f32' },
  uniforms: {},
  functions: erf,
  body: 'y[i] = x[i] * cumulative(x[i]);',
});

const geluGradientProgram = elementwise({
  name: 'geluGradient',
  outputs: ['dx'],
  inputs: { dy: 'f32', x: 'f32' },
  uniforms: {},
  functions: erf,
  body: `let value = x[i];
  dx[i] = dy[i] * (cumulative(value) + value * exp(-0.5 * value * value) * ${1 / Math.sqrt(2 * Math.PI)});`,
});

const reluGradientProgram = elementwise({
  name: 'reluGradient',
  outputs: ['dx'],
  inputs: { dy: 'f32', y: 'f32' },
  uniforms: {},
  body: 'dx[i] = select(0.0, dy[i], y[i] > 0.0);',
});

/** Declares `uniformAt(index, first, second)`; the algorithm is documented at `statelessUniform` in @tessera/layers. */
export const randomFunctions = `
fn mixed(value: u32) -> u32 {
  var h = value ^ (value >> 16u);
  h *= 0x85ebca6bu;
  h ^= h >> 13u;
  h *= 0xc2b2ae35u;
  return h ^ (h >> 16u);
}
fn uniformAt(index: u32, first: u32, second: u32) -> f32 {
  let start = mixed(first ^ 0x9e3779b9u);
  return f32(mixed(mixed(start + index * 0x9e3779b1u) ^ second) >> 8u) / 16777216.0;
}`;

/** A program that reads a seed: from its uniforms where the host has it, from a tensor where only the device has. */
export interface SeededProgram {
  readonly fromHost: WgslProgram;
  readonly fromTensor: WgslProgram;
}

/** Both forms of a program whose text says `SEED` for the two words of the seed. */
export const seeded = (program: WgslProgram): SeededProgram => ({
  fromHost: {
    ...program,
    uniforms: { ...program.uniforms, first: 'u32', second: 'u32' },
    body: program.body.replaceAll('SEED', 'u.first, u.second'),
  },
  fromTensor: {
    ...program,
    name: `${program.name}BySeedTensor`,
    inputs: { ...program.inputs, seed: 'i32' },
    body: program.body.replaceAll('SEED', 'bitcast<u32>(seed[0]), bitcast<u32>(seed[1])'),
  },
});

/** Which form runs for a seed, with the inputs and uniforms that it needs for it. */
export function chooseSeeded(
  { context }: Pick<KernelCall<never>, 'context'>,
  program: SeededProgram,
  seed: TensorInfo,
): { program: WgslProgram; inputs: TensorInfo[]; uniforms: Record<string, number> } {
  const [first, second] = context.hostValues(seed) ?? [];
  return first === undefined || second === undefined
    ? { program: program.fromTensor, inputs: [seed], uniforms: {} }
    : { program: program.fromHost, inputs: [], uniforms: { first, second } };
}

const uniformProgram = seeded(
  elementwise({
    name: 'uniform',
    outputs: ['y'],
    inputs: {},
    uniforms: {},
    functions: randomFunctions,
    body: 'y[i] = uniformAt(i, SEED);',
  }),
);

const dropoutProgram = seeded(
  elementwise({
    name: 'dropout',
    outputs: ['y'],
    inputs: { x: 'f32' },
    uniforms: { rate: 'f32', factor: 'f32' },
    functions: randomFunctions,
    body: 'y[i] = select(0.0, x[i] * u.factor, uniformAt(i, SEED) >= u.rate);',
  }),
);

/** What kept elements are multiplied by, rounded as plain JavaScript's kernel rounds it. */
export const keptFactor = (rate: number): number => Math.fround(1 / Math.fround(1 - Math.fround(rate)));

/** A kernel that makes a tensor like its input `shapedLike` from inputs of that size. */
const pointwise = (name: string, program: WgslProgram, shapedLike: string) =>
  webgpuKernel(name, (call) => {
    const { shape } = input(call, shapedLike);
    const y = call.context.output(shape);
    const inputs = Object.keys(program.inputs).map((each) => input(call, each));
    call.context.run(program, { inputs, outputs: [y], ...forEach(sizeOf(y)) });
    return y;
  });

const uniform = webgpuKernel<{ shape: number[] }>('TesseraStatelessUniform', (call) => {
  const y = call.context.output(call.attributes.shape);
  const { program, inputs, uniforms } = chooseSeeded(call, uniformProgram, input(call, 'seed'));
  call.context.run(program, { inputs, outputs: [y], ...forEach(sizeOf(y), uniforms) });
  return y;
});

const dropout = webgpuKernel<{ rate: number }>('TesseraDropout', (call) => {
  const x = input(call, 'x');
  const { rate } = call.attributes;
  const y = call.context.output(x.shape);
  const { program, inputs, uniforms } = chooseSeeded(call, dropoutProgram, input(call, 'seed'));
  const launch = forEach(sizeOf(x), { rate, factor: keptFactor(rate), ...uniforms });
  call.context.run(program, { inputs: [x, ...inputs], outputs: [y], ...launch });
  return y;
});

const toFloatProgram = elementwise({
  name: 'toFloat',
  outputs: ['y'],
  inputs: { x: 'i32' },
  uniforms: {},
  body: 'y[i] = f32(x[i]);',
});

/**
 * TensorFlow.js' kernel only says float32 of integers and leaves them in their buffer, which programs then take for what
 * the tensor says they are: a transposition of such a tensor fails, and ours would read bits.
 */
const cast = webgpuKernel<{ dtype: string }>('Cast', (call) => {
  const { context, attributes, original } = call;
  const x = input(call, 'x');
  if (attributes.dtype !== 'float32' || x.dtype === 'complex64' || context.typeOf(x) === 'f32') return original();
  const values = context.hostValues(x);
  if (values) return context.fromHost(x.shape, Float32Array.from(values));
  const y = context.output(x.shape);
  context.run(toFloatProgram, { inputs: [x], outputs: [y], ...forEach(sizeOf(y)) });
  return y;
});

/** Elementwise kernels. */
export const elementwiseKernels = [
  cast,
  pointwise('TesseraGelu', geluProgram, 'x'),
  pointwise('TesseraGeluGrad', geluGradientProgram, 'x'),
  pointwise('TesseraReluGrad', reluGradientProgram, 'y'),
  uniform,
  dropout,
];
