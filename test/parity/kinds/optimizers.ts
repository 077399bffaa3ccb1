// The kind `optimizers`: registered optimizers and the trainer's updater on a small network. Compared for every run:
// losses, rates, the first gradient's norms, and all parameters after the steps that the file has.
// Shapes: n samples, I inputs, H hidden units, O outputs.
import {
  add,
  div,
  matMul,
  square,
  sub,
  sum,
  tanh,
  tensor2d,
  tidy,
  variableGrads,
  type Scalar,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { ParameterStore, type Optimizer, type Parameter, type Schedule } from '@tessera/core';
import { ParameterUpdater } from '@tessera/training';
import { valuesOf } from '../formula.js';
import { errorOf, relativeError, statisticsOf, type Check, type FullRecord } from '../records.js';
import { got } from '../tensors.js';
import { createTrainingPart } from '../trainingParts.js';
import { recipeChecks } from './recipeTrajectory.js';
import { rateError } from './schedules.js';

const weightNames = ['w1', 'b1', 'w2', 'b2'] as const;

/** Of rates, relative to the base rate, as in the kind `schedules`. */
const rateTolerance = 1e-7;

/** A run's optimisation, in PyTorch's words. */
export interface Settings {
  readonly lr: number;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly weight_decay?: number;
  readonly decay_on?: string;
  readonly bias_correction?: boolean;
  readonly clip?: string;
  readonly schedule?: string;
  readonly warmup?: number;
  readonly t_total?: number;
  readonly momentum?: number;
  readonly dampening?: number;
  readonly nesterov?: boolean;
}

/** A run. */
export interface Run {
  readonly settings: Settings;
  readonly losses: readonly number[];
  readonly learning_rates: readonly number[];
  readonly gradient_norms_before_clipping_at_step_1?: Readonly<Record<string, number>>;
  readonly after_step: Readonly<Record<string, Readonly<Record<string, FullRecord>>>>;
}

/** A file of this kind. */
export interface OptimizersFixture {
  readonly name_prefix: string;
  readonly tolerance: number;
  readonly problem: { readonly n: number; readonly inputs: number; readonly hidden: number; readonly outputs: number };
  readonly amplitudes: Readonly<Record<string, number>>;
  readonly runs: Readonly<Record<string, Run>>;
}

/** Runs every optimizer of a fixture on the current backend. */
export async function optimizersChecks(fixture: OptimizersFixture): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [name, run] of Object.entries(fixture.runs)) {
    checks.push(...(await checkRun(name, run, fixture)));
    if (name.startsWith('bert_adam')) checks.push(...(await recipeChecks(fixture, name, run)));
  }
  return checks;
}

async function checkRun(name: string, run: Run, fixture: OptimizersFixture): Promise<Check[]> {
  const { learning_rates: rates, settings } = run;
  const parts = partsOf(name, settings);
  const totalSteps = settings.t_total ?? rates.length;
  const check = (what: string, error: number): Check => ({
    what: `${name} ${what}`,
    error,
    tolerance: fixture.tolerance,
  });
  const problem = new Problem(fixture);
  const updater = updaterOf(parts, problem, totalSteps);
  const checks: Check[] = [];
  const losses: number[] = [];
  try {
    for (let step = 0; step <= rates.length; step++) {
      const { loss, gradients } = await problem.step();
      losses.push(loss);
      if (step === 0) checks.push(...(await normChecks(run, gradients, check)));
      if (step < rates.length) updater.apply(gradients, step);
      for (const gradient of gradients.values()) gradient.dispose();
      checks.push(...(await weightChecks(run, problem, step + 1, check)));
    }
  } finally {
    updater.dispose();
    problem.dispose();
  }
  const wantLosses = { shape: [run.losses.length], data: run.losses };
  const used = rates.map((_, step) => settings.lr * parts.schedule.factor(step, totalSteps));
  return [
    ...checks,
    check('losses', errorOf({ shape: [losses.length], values: losses }, wantLosses)),
    { what: `${name} rates`, error: rateError(used, rates, settings.lr), tolerance: rateTolerance },
  ];
}

type MakeCheck = (what: string, error: number) => Check;

async function normChecks(run: Run, gradients: ReadonlyMap<string, Tensor>, check: MakeCheck): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [name, norm] of Object.entries(run.gradient_norms_before_clipping_at_step_1 ?? {})) {
    const gradient = gradients.get(name);
    const { l2 } = statisticsOf(gradient ? await gradient.data() : [NaN]);
    checks.push(check(`norm of ${name}'s gradient`, relativeError(l2, norm)));
  }
  return checks;
}

async function weightChecks(run: Run, problem: Problem, updates: number, check: MakeCheck): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [name, want] of Object.entries(run.after_step[updates] ?? {})) {
    const value = problem.parameters.find(({ path }) => path === name)?.value;
    checks.push(check(`${name} after step ${updates}`, value ? errorOf(await got(value), want) : Infinity));
  }
  return checks;
}

/** What a run's settings stand for. */
interface RunParts {
  readonly optimizer: Optimizer;
  readonly schedule: Schedule;
  /** Norm over all parameters to clip to. */
  readonly clipNorm?: number;
  readonly decays: (path: string) => boolean;
}

function updaterOf(parts: RunParts, { parameters }: Problem, totalSteps: number): ParameterUpdater {
  const { optimizer, schedule, clipNorm, decays } = parts;
  const rules = parameters.map((parameter) => ({
    parameter,
    learningRate: optimizer.learningRate,
    weightDecay: decays(parameter.path) ? optimizer.weightDecay : 0,
  }));
  return new ParameterUpdater({ optimizer, schedule, rules, totalSteps, ...(clipNorm && { clipNorm }) });
}

/** What the settings say in Tessera's words; the optimizer is told by the beginning of the run's name. */
function partsOf(name: string, settings: Settings): RunParts {
  const { lr: learningRate, betas, eps: epsilon, weight_decay: weightDecay = 0, decay_on: decayOn = 'all' } = settings;
  const { momentum, dampening, nesterov, clip, schedule = 'constant', warmup = 0 } = settings;
  const [byAll, byTensor] = clipNorms(name, clip);
  const adam = { learningRate, betas, epsilon, weightDecay };
  const optimizers: Readonly<Record<string, readonly [type: string, options: Record<string, unknown>]>> = {
    bert_adam: ['bert-adam', { ...adam, clipNorm: byTensor ?? null }],
    adamw: ['adamw', adam],
    adam: ['adam', adam],
    sgd: ['sgd', { learningRate, momentum, dampening, nesterov, weightDecay, decay: 'l2' }],
  };
  const key = Object.keys(optimizers).find((prefix) => name.startsWith(prefix)) ?? '';
  const [type, options] = optimizers[key] ?? [];
  const isBertAdam = key === 'bert_adam';
  const corrects = settings.bias_correction ?? !isBertAdam;
  if (!type || !options || (byTensor && !isBertAdam) || corrects === isBertAdam) {
    throw new Error(`not understood: run ${name} with ${JSON.stringify(settings)}.`);
  }
  const decayed = decayOn.split(/\s*,\s*/);
  return {
    optimizer: createTrainingPart('optimizer', type, options),
    schedule: scheduleOf(name, schedule, warmup),
    ...(byAll && { clipNorm: byAll }),
    decays: (path) => decayOn === 'all' || decayed.includes(path),
  };
}

function scheduleOf(name: string, type: string, warmup: number): Schedule {
  if (type === 'constant') return createTrainingPart('schedule', 'constant', {});
  if (type === 'warmup_linear') return createTrainingPart('schedule', 'warmup-linear', { warmup });
  throw new Error(`${name}: not understood: schedule "${type}".`);
}

/** Norms to clip to, over all parameters and of each tensor, from the fixture's words. */
function clipNorms(name: string, clip: string | undefined): [number?, number?] {
  if (clip === undefined) return [];
  const words =
    /^one norm (over all parameters|per parameter tensor), factor min\(1, ([\d.e-]+) \/ \(norm \+ 1e-6\)\)$/.exec(clip);
  if (!words) throw new Error(`${name}: not understood: clip "${clip}".`);
  return words[1] === 'over all parameters' ? [Number(words[2])] : [undefined, Number(words[2])];
}

/** out = tanh(x w1ᵀ + b1) w2ᵀ + b2; loss = Σ (out − y)² / n. */
class Problem {
  readonly parameters: readonly Parameter[];
  private readonly store: ParameterStore;
  private readonly x: Tensor2D;
  private readonly y: Tensor2D;

  constructor({ name_prefix: prefix, problem, amplitudes }: OptimizersFixture) {
    const { n, inputs, hidden, outputs } = problem;
    const shapes = { w1: [hidden, inputs], b1: [hidden], w2: [outputs, hidden], b2: [outputs] };
    const values = (name: string, shape: readonly number[]): Float32Array =>
      valuesOf(`${prefix}${name}`, shape, amplitudes[name] ?? NaN);
    this.store = new ParameterStore(0);
    this.parameters = weightNames.map((name) =>
      this.store.scope().weight(name, shapes[name], (shape) => values(name, shape)),
    );
    this.x = tensor2d(values('x', [n, inputs]), [n, inputs]);
    this.y = tensor2d(values('y', [n, outputs]), [n, outputs]);
  }

  /** Loss and gradients by name; the caller disposes them. */
  async step(): Promise<{ loss: number; gradients: Map<string, Tensor> }> {
    const variables = this.parameters.map(({ value }) => value);
    const { value, grads } = variableGrads(() => this.loss(), variables);
    const [loss = NaN] = await value.data();
    value.dispose();
    return { loss, gradients: new Map(this.parameters.map((p) => [p.path, grads[p.value.name] as Tensor])) };
  }

  private loss(): Scalar {
    return tidy(() => {
      const [w1, b1, w2, b2] = weightNames.map((name) => this.weight(name)) as [Tensor, Tensor, Tensor, Tensor];
      const hidden = tanh(add(matMul(this.x, w1, false, true), b1)); // [n, H]
      const out = add(matMul(hidden, w2, false, true), b2); // [n, O]
      return div<Scalar>(sum(square(sub(out, this.y))), this.x.shape[0]);
    });
  }

  private weight(name: string): Tensor {
    const parameter = this.store.find(name);
    if (!parameter) throw new Error(`optimizers: no weight ${name}.`);
    return parameter.value;
  }

  dispose(): void {
    this.store.dispose();
    this.x.dispose();
    this.y.dispose();
  }
}
