// The formula that gives every weight and input of the reference fixtures; test/fixtures/README.md defines it.
import type { ParameterSource } from '@tessera/core';

/** A named array in PyTorch's shape. */
export interface NamedArray {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** FNV-1a over the UTF-8 bytes of a name. */
export function seedOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** The 32-bit hash at flat index `i`: MurmurHash3's finaliser over a Weyl sequence. */
export function hashAt(seed: number, i: number): number {
  let h = (seed + Math.imul(i, 0x9e3779b1)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Numbers of a name, index by index; `convert` gets u in [0, 1). */
function fill(name: string, shape: readonly number[], convert: (u: number) => number): Float32Array {
  const seed = seedOf(name);
  const values = new Float32Array(sizeOf(shape));
  for (let i = 0; i < values.length; i++) values[i] = convert(hashAt(seed, i) / 2 ** 32);
  return values;
}

/** float32((2u - 1) · amplitude). `name` comes with the file's prefix. */
export const valuesOf = (name: string, shape: readonly number[], amplitude: number): Float32Array =>
  fill(name, shape, (u) => (2 * u - 1) * amplitude);

/** low + floor(u · (high - low)). */
export const integersOf = (name: string, shape: readonly number[], low: number, high: number): Int32Array =>
  Int32Array.from(fillExact(name, sizeOf(shape)), (u) => low + Math.floor(u * (high - low)));

/** u in float64: rounded to float32 it could reach 1. */
function fillExact(name: string, size: number): Float64Array {
  const seed = seedOf(name);
  return Float64Array.from({ length: size }, (_, i) => hashAt(seed, i) / 2 ** 32);
}

/** What decides a parameter's value. */
interface ParameterName {
  readonly name: string;
  readonly shape: readonly number[];
  /** Whether it is the weight of the last BatchNorm of a residual block. */
  readonly residualGamma: boolean;
}

interface Rule {
  readonly fits: (parameter: ParameterName) => boolean;
  readonly value: (parameter: ParameterName) => (u: number) => number;
}

const symmetric =
  (amplitude: number) =>
  (u: number): number =>
    (2 * u - 1) * amplitude;
const fanIn = (shape: readonly number[]): number => sizeOf(shape.slice(1));
const tables = /(word|position|token_type)_embeddings\.weight$/;

/** The first rule that fits a parameter gives its values. */
const rules: readonly Rule[] = [
  { fits: ({ name }) => name.endsWith('num_batches_tracked'), value: () => () => 0 },
  { fits: ({ name }) => name.endsWith('running_mean'), value: () => symmetric(0.05) },
  { fits: ({ name }) => name.endsWith('running_var'), value: () => (u) => 1 + 0.5 * u },
  { fits: ({ name }) => tables.test(name), value: () => symmetric(0.04) },
  {
    fits: ({ name, shape }) => shape.length === 1 && name.endsWith('weight'),
    value: ({ residualGamma }) => {
      const scale = residualGamma ? 0.2 : 1;
      return (u) => scale * (1 + 0.1 * (2 * u - 1));
    },
  },
  { fits: ({ shape }) => shape.length === 1, value: () => symmetric(0.02) },
  {
    fits: ({ shape }) => shape.length === 3 || shape.length === 4,
    value: ({ shape }) => symmetric(Math.sqrt((3 * 2) / fanIn(shape))),
  },
  { fits: ({ shape }) => shape.length === 2, value: ({ shape }) => symmetric(Math.sqrt((3 * 1) / fanIn(shape))) },
];

/** How names of parameters turn into values. */
export interface FormulaOptions {
  /** The file's `name_prefix`. */
  readonly prefix?: string;
  /** Fits the names (without prefix) of the last BatchNorm weights of residual blocks. */
  readonly residualGammas?: RegExp;
}

/** A parameter's values, in PyTorch's shape. Throws when no rule fits it. */
export function parameterOf(name: string, shape: readonly number[], options: FormulaOptions = {}): Float32Array {
  const parameter = { name, shape, residualGamma: options.residualGammas?.test(name) ?? false };
  const rule = rules.find(({ fits }) => fits(parameter));
  if (!rule) throw new Error(`formula: no rule for ${name} of shape [${shape.join(', ')}].`);
  return fill(`${options.prefix ?? ''}${name}`, shape, rule.value(parameter));
}

/** The parameters of a state dict (name → shape), computed when they are asked for. */
export function formulaSource(
  stateDict: Readonly<Record<string, readonly number[]>>,
  options: FormulaOptions = {},
): ParameterSource {
  return {
    description: 'the fixtures’ formula',
    read: (name) => {
      const shape = stateDict[name];
      return shape && { shape, values: parameterOf(name, shape, options) };
    },
  };
}
