import { tensor, variable, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import type {
  Initializer,
  Parameter,
  ParameterScope,
  ParameterSource,
  ShapedValues,
  WantedParameter,
  WeightOptions,
} from './contracts/parameters.js';
import type { TensorReader } from './contracts/tensorReader.js';
import { CheckpointError, SpecError } from './errors.js';
import { RandomSource } from './random.js';

/** The parameters of one model by path. Owns its variables. */
export class ParameterStore {
  private readonly byPath = new Map<string, Parameter>();
  private disposed = false;

  /**
   * @param seed - Seed of the initial values; each path has its own sequence, so that the order of creation, or another
   * part of the model, does not change them.
   * @param source - Where values are taken from instead of initial ones, when it has the path.
   * @param reader - Takes values that a source has in a file to the backend.
   */
  constructor(
    private readonly seed: number,
    private readonly source?: ParameterSource,
    private readonly reader?: TensorReader,
  ) {}

  /** The root scope, or the scope at a path. */
  scope(path = ''): ParameterScope {
    const join = (name: string): string => (path ? `${path}.${name}` : name);
    return {
      path,
      scope: (name) => this.scope(join(name)),
      weight: (name, shape, initializer, options) =>
        this.create(join(name), 'weight', { shape, ...options }, initializer),
      buffer: (name, shape, initializer) => this.create(join(name), 'buffer', { shape, decays: false }, initializer),
    };
  }

  private create(
    path: string,
    role: Parameter['role'],
    { shape, adapt, decays = shape.length > 1 }: WantedParameter & WeightOptions,
    initializer: Initializer,
  ): Parameter {
    if (this.byPath.has(path)) throw new SpecError(`Parameters: a path may be used once, got "${path}" twice.`);
    const given = this.source?.read(path, { shape, ...(adapt && { adapt }) });
    if (given) requireShape(path, shape, given.shape, this.source?.description ?? '');
    const initial = given
      ? this.toTensor(given)
      : tensor(initializer(shape, new RandomSource(`${this.seed}:${path}`)), [...shape], 'float32');
    const value = variable(initial, role === 'weight') as Variable;
    initial.dispose();
    const parameter: Parameter = { path, role, shape: [...shape], decays, value };
    this.byPath.set(path, parameter);
    return parameter;
  }

  private toTensor(given: ShapedValues): Tensor {
    const read = given.stored && this.reader?.read(given.stored, given.shape);
    return read ?? tensor(given.values, [...given.shape], 'float32');
  }

  /** All parameters in order of creation, or those of one role. */
  list(role?: Parameter['role']): Parameter[] {
    return [...this.byPath.values()].filter((parameter) => !role || parameter.role === role);
  }

  /** The parameter at a path, or undefined. */
  find(path: string): Parameter | undefined {
    return this.byPath.get(path);
  }

  /** Replaces the value of a parameter; `value` is borrowed. */
  assign(path: string, value: Tensor): void {
    const parameter = this.byPath.get(path);
    if (!parameter) throw new CheckpointError(`Parameters: unknown path, got "${path}".`);
    requireShape(path, parameter.shape, value.shape, 'the new value');
    parameter.value.assign(value);
  }

  /** Takes values from a source for every path under `prefix` that it has; returns the paths taken. */
  load(source: ParameterSource, prefix = ''): string[] {
    const taken: string[] = [];
    for (const parameter of this.byPath.values()) {
      if (!isUnder(parameter.path, prefix)) continue;
      const given = source.read(parameter.path);
      if (!given) continue;
      requireShape(parameter.path, parameter.shape, given.shape, source.description);
      const value = this.toTensor(given);
      parameter.value.assign(value);
      value.dispose();
      taken.push(parameter.path);
    }
    return taken;
  }

  /** Frees all variables. Safe to call twice. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    for (const parameter of this.byPath.values()) parameter.value.dispose();
  }
}

function requireShape(path: string, want: readonly number[], got: readonly number[], from: string): void {
  if (want.length === got.length && want.every((dimension, i) => dimension === got[i])) return;
  throw new CheckpointError(
    `Parameters: ${path} has shape [${want.join(', ')}] in this model, got [${got.join(', ')}] from ${from}. ` +
      'Use the spec that the file was made with, or leave this part out of what is loaded.',
  );
}

/** Whether a parameter path is `prefix` or lies below it. */
export function isUnder(path: string, prefix: string): boolean {
  return prefix === '' || path === prefix || path.startsWith(prefix.endsWith('.') ? prefix : `${prefix}.`);
}
