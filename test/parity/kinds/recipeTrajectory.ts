// The BertAdam run of the kind `optimizers` by way of a spec that says `recipe: paper` and the trainer: warm-up and decay
// for each parameter, clipping of each tensor, decay of weights and not of biases, and the gradients of two halves of the
// data, or of all of it at once. Shapes: n samples, I inputs, H hidden units, O outputs.
import { createWorkbench, type Model, type ModelSpec, type ParameterSource } from '@tessera/core';
import { fusionPlugin } from '@tessera/fusion';
import { objectivesPlugin } from '@tessera/objectives';
import { trainingPlugin } from '@tessera/training';
import { valuesOf } from '../formula.js';
import { errorOf, type Check } from '../records.js';
import { trainByTrainer } from '../trainedByTrainer.js';
import { givenInputsPlugin } from './givenInputs.js';
import type { OptimizersFixture, Run } from './optimizers.js';

/** The fixture's names of our parameters. */
const nameOf: Readonly<Record<string, string>> = {
  'modalities.numbers.encoder.hidden.weight': 'w1',
  'modalities.numbers.encoder.hidden.bias': 'b1',
  'heads.value.output.weight': 'w2',
  'heads.value.output.bias': 'b2',
};

/** Trains by the recipe, in one batch for an update and in two. */
export async function recipeChecks(fixture: OptimizersFixture, name: string, run: Run): Promise<Check[]> {
  const checks: Check[] = [];
  for (const accumulate of [1, 2]) {
    const found = await trajectoryChecks(fixture, run, accumulate);
    const what = `${name} by recipe: paper, ${accumulate === 1 ? 'one batch' : `${accumulate} batches`} for an update`;
    checks.push(...found.map((check) => ({ ...check, what: `${what}: ${check.what}` })));
  }
  return checks;
}

async function trajectoryChecks(fixture: OptimizersFixture, run: Run, accumulate: number): Promise<Check[]> {
  const workbench = createWorkbench({ plugins: [fusionPlugin, objectivesPlugin, trainingPlugin, givenInputsPlugin] });
  const spec = specOf(fixture, run, accumulate) as unknown as ModelSpec<never>;
  const model = (await workbench.build(spec, { source: formulaValues(fixture) })) as unknown as Model;
  const { tolerance } = fixture;
  const checks: Check[] = [];
  try {
    const samples = samplesOf(fixture);
    const losses = await trainByTrainer({
      model,
      registry: workbench.registry,
      samplesOf: () => samples,
      onEpoch: async (updates) => {
        checks.push(...(await weightChecks(run, model, updates, tolerance)));
      },
    });
    const want = run.losses.slice(0, losses.length); // the last one is taken after the last update
    const error = errorOf({ shape: [losses.length], values: losses }, { shape: [want.length], data: want });
    return [...checks, { what: 'losses', error, tolerance }];
  } finally {
    model.dispose();
    workbench.dispose();
  }
}

/** Every option that differs from the recipe's own is named here. */
function specOf({ problem }: OptimizersFixture, { settings, learning_rates: rates }: Run, accumulate: number): object {
  const { lr: learningRate, betas, eps: epsilon, weight_decay: weightDecay, warmup, t_total: epochs } = settings;
  if (epochs !== rates.length) throw new Error(`not understood: ${rates.length} updates of ${String(epochs)}.`);
  return {
    name: 'fixture',
    recipe: 'paper',
    modalities: { numbers: { encoder: 'given-numbers', inputs: problem.inputs, hidden: problem.hidden } },
    fusion: { type: 'concat' },
    // The loss is the sum over the outputs, `mse` their mean.
    heads: {
      value: {
        type: 'regression',
        names: Array.from({ length: problem.outputs }, (_, i) => `y${i}`),
        loss: 'mse',
        weight: problem.outputs,
      },
    },
    training: {
      epochs,
      batchSize: problem.n / accumulate,
      accumulate,
      optimizer: { learningRate, betas, epsilon, weightDecay },
      schedule: { warmup },
    },
  };
}

function samplesOf({ name_prefix: prefix, problem: { n, inputs, outputs }, amplitudes }: OptimizersFixture) {
  const rows = (name: string, width: number): number[][] => {
    const values = valuesOf(`${prefix}${name}`, [n, width], amplitudes[name] ?? NaN);
    return Array.from({ length: n }, (_, i) => [...values.subarray(i * width, (i + 1) * width)]);
  };
  const targets = rows('y', outputs);
  return rows('x', inputs).map((numbers, i) => ({ inputs: { numbers }, targets: { value: targets[i] } }));
}

/** The fixture's initial values; our weights are the transpose of PyTorch's. */
function formulaValues({ name_prefix: prefix, problem, amplitudes }: OptimizersFixture): ParameterSource {
  const { inputs, hidden, outputs } = problem;
  const shapes: Readonly<Record<string, readonly number[]>> = {
    w1: [hidden, inputs],
    b1: [hidden],
    w2: [outputs, hidden],
    b2: [outputs],
  };
  return {
    description: 'the formula',
    read: (path) => {
      const name = nameOf[path] ?? '';
      const shape = shapes[name];
      if (!shape) throw new Error(`optimizers: the fixture has no ${path}.`);
      const values = valuesOf(`${prefix}${name}`, shape, amplitudes[name] ?? NaN);
      return { shape: [...shape].reverse(), values: transposed(values, shape) };
    },
  };
}

/** Row-major values of a matrix with its axes swapped; a vector as it is. */
function transposed(values: Float32Array, [rows = 0, columns]: readonly number[]): Float32Array {
  if (columns === undefined) return values;
  return Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)] ?? NaN);
}

async function weightChecks({ after_step: records }: Run, model: Model, updates: number, tolerance: number) {
  const checks: Check[] = [];
  for (const { path, value, shape } of model.parameters.list('weight')) {
    const name = nameOf[path] ?? '';
    const want = records[updates]?.[name];
    if (!want) continue;
    const values = transposed((await value.data()) as Float32Array, shape);
    const error = errorOf({ shape: [...shape].reverse(), values }, want);
    checks.push({ what: `${name} after step ${updates}`, error, tolerance });
  }
  return checks;
}
