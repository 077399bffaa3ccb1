import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { tinyPlugin } from '../../test/tinyParts.js';
import {
  defineOptimizer,
  definePlugin,
  defineSchedule,
  parseSpec,
  Registry,
  SpecError,
  toPlainSpec,
  type SpecIssue,
} from '../index.js';

const registry = new Registry([tinyPlugin]);

const spec = {
  modalities: { row: { encoder: 'numbers' } },
  fusion: { type: 'mean' },
  heads: { kind: { type: 'label' } },
} as const;

const issuesOf = (given: unknown): readonly SpecIssue[] => {
  try {
    parseSpec(given, registry);
  } catch (error) {
    if (error instanceof SpecError) return error.issues;
    throw error;
  }
  return [];
};
/** All faults of a spec as `path: message` lines. */
const faults = (changes: Readonly<Record<string, unknown>>): string[] =>
  issuesOf({ ...spec, ...changes }).map(({ path, message }) => `${path}: ${message}`);
const encoder = (options: Readonly<Record<string, unknown>>): string[] =>
  faults({ modalities: { row: { encoder: 'numbers', ...options } } });

describe('a correct spec', () => {
  it('gets every default', () => {
    expect(parseSpec(spec, registry)).toMatchObject({
      name: 'model',
      modalities: {
        row: { type: 'numbers', options: { tokenWidth: 3, maxTokens: 4, scale: { by: 1, shift: 0 }, ranges: [] } },
      },
      fusion: { type: 'mean', options: {} },
      heads: { kind: { type: 'label', options: {}, weight: 1 } },
      training: { epochs: 10, batchSize: 32, seed: 1, optimizer: { type: 'adamw', options: { learningRate: 0.1 } } },
      initialize: {},
    });
  });

  it('may say what stands for a modality that is absent', () => {
    const modalities = { row: { encoder: 'numbers', absent: 'token' }, other: { encoder: 'numbers' } };
    const resolved = parseSpec({ ...spec, modalities }, registry);
    expect(resolved.modalities['row']?.absent).toBe('token');
    expect(resolved.modalities['other']).not.toHaveProperty('absent');
    expect(parseSpec(toPlainSpec(resolved), registry)).toEqual(resolved);
    expect(encoder({ absent: 'zeros' })).toEqual(['modalities.row.absent: must be one of mask, token, got "zeros".']);
    expect(encoder({ absnt: 'token' })[0]).toContain('Did you mean "absent"?');
  });

  it('keeps modalities and heads in declared order', () => {
    const modalities = { zebra: { encoder: 'numbers' }, ant: { encoder: 'numbers' } };
    expect(Object.keys(parseSpec({ ...spec, modalities }, registry).modalities)).toEqual(['zebra', 'ant']);
  });

  it('may name optimizer, schedule and loss by their bare names', () => {
    const heads = { kind: { type: 'label', loss: 'cross-entropy' } };
    const resolved = parseSpec({ ...spec, heads, training: { optimizer: 'adamw', schedule: 'linear' } }, registry);
    expect(resolved.heads['kind']?.loss).toEqual({ type: 'cross-entropy', options: { smoothing: 0 } });
    expect(resolved.training.schedule).toEqual({ type: 'linear', options: { warmup: 0 } });
  });

  it('takes options that stand beside a name', () => {
    const heads = { kind: { type: 'label', weight: 2, metrics: ['accuracy'], loss: { type: 'mse' } } };
    const training = { optimizer: { type: 'adamw', learningRate: 0.5 }, freeze: { row: 2 } };
    const resolved = parseSpec({ ...spec, heads, training }, registry);
    expect(resolved.heads['kind']).toMatchObject({ weight: 2, metrics: ['accuracy'], loss: { type: 'mse' } });
    expect(resolved.training).toMatchObject({ optimizer: { options: { learningRate: 0.5 } }, freeze: { row: 2 } });
  });
});

describe('a misspelt key', () => {
  it.each([
    ['at the top', { modalitys: {} }, 'modalitys: unknown key "modalitys".', 'modalities'],
    ['of a head', { heads: { kind: { type: 'label', wieght: 2 } } }, 'heads.kind.wieght: unknown key', 'weight'],
    [
      'of a loss',
      { heads: { kind: { type: 'label', loss: { type: 'cross-entropy', smothing: 0.1 } } } },
      'heads.kind.loss.smothing: unknown key',
      'smoothing',
    ],
    ['of the fusion', { fusion: { type: 'table-mean', witdh: 2 } }, 'fusion.witdh: unknown key', 'width'],
    ['of training', { training: { epoch: 3 } }, 'training.epoch: unknown key', 'epochs'],
    [
      'of the optimizer',
      { training: { optimizer: { type: 'adamw', learningrate: 1 } } },
      'training.optimizer.learningrate: unknown key',
      'learningRate',
    ],
    [
      'in a list',
      { training: { groups: [{ parameters: '*' }, { parameters: '*', learnRate: 1 }] } },
      'training.groups[1].learnRate: unknown key',
      'learningRate',
    ],
    ['of the data', { data: { type: 'inline', trian: [] } }, 'data.trian: unknown key', 'train'],
  ])('%s is found, with the nearest name', (_, changes, start, nearest) => {
    const found = faults(changes).find((fault) => fault.startsWith(start));
    expect(found).toMatch(new RegExp(`Known: .*Did you mean "${nearest}"\\?$`));
  });

  it.each([
    ['an option', { maxToken: 3 }, 'modalities.row.maxToken', 'maxTokens'],
    ['a nested option', { scale: { bye: 3 } }, 'modalities.row.scale.bye', 'by'],
    ['an entry of a list', { ranges: [{ from: 0, to: 1, form: 2 }] }, 'modalities.row.ranges[0].form', 'from'],
    ['an entry of a record', { named: { a: { value: 1, vale: 2 } } }, 'modalities.row.named.a.vale', 'value'],
    ['a chosen variant', { pool: { kind: 'mean', sise: 3 } }, 'modalities.row.pool.sise', 'size'],
    ['an object that drops keys', { limit: { at: 1, att: 2 } }, 'modalities.row.limit.att', 'at'],
  ])('of %s of an encoder is found, once', (_, options, path, nearest) => {
    const found = encoder(options);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`${path}: unknown key`);
    expect(found[0]).toContain(`Did you mean "${nearest}"?`);
  });

  it('is found beside other faults of the same part', () => {
    expect(encoder({ pool: { kind: 'mean', sise: 3, size: 'x' }, maxTokens: 0 })).toEqual([
      'modalities.row.pool.sise: unknown key "sise". Known: kind, size. Did you mean "size"?',
      'modalities.row.maxTokens: must be at least 1, got 0.',
      'modalities.row.pool.size: must be a number, got "x".',
    ]);
  });

  it('named like a property of every object is found', () => {
    expect(encoder({ constructor: 1 })[0]).toContain('modalities.row.constructor: unknown key "constructor".');
    expect(faults({ heads: { kind: { type: 'label', toString: 1 } } })[0]).toContain('unknown key "toString".');
  });
});

describe('an unknown name', () => {
  it.each([
    ['encoder', { modalities: { row: { encoder: 'numbrs' } } }, 'modalities.row.encoder', 'numbers'],
    ['fusion', { fusion: { type: 'meen' } }, 'fusion.type', 'mean'],
    ['head', { heads: { kind: { type: 'lable' } } }, 'heads.kind.type', 'label'],
    ['loss', { heads: { kind: { type: 'label', loss: 'crossentropy' } } }, 'heads.kind.loss.type', 'cross-entropy'],
    ['metric', { heads: { kind: { type: 'label', metrics: ['acuracy'] } } }, 'heads.kind.metrics', 'accuracy'],
    ['optimizer', { training: { optimizer: 'adam' } }, 'training.optimizer.type', 'adamw'],
    ['schedule', { training: { schedule: 'linea' } }, 'training.schedule.type', 'linear'],
    ['dataset', { data: { type: 'inlined' } }, 'data.type', 'inline'],
  ])('of kind %s gets the known names and the nearest', (kind, changes, path, nearest) => {
    const [fault] = faults(changes);
    expect(fault).toMatch(new RegExp(`^${path}: unknown ${kind} ".*"\\. Known: .*Did you mean "${nearest}"\\?$`));
  });

  it.each(['freeze', 'modalityDropout'])('of a modality in training.%s is found', (key) => {
    expect(faults({ training: { [key]: { rwo: 1 } } })).toEqual([
      `training.${key}.rwo: unknown modality "rwo". Known: row. Did you mean "row"?`,
    ]);
  });

  it('of a variant gets the allowed ones', () => {
    expect(encoder({ pool: { kind: 'meen' } })).toEqual([
      'modalities.row.pool.kind: must be one of none, mean, got "meen". Did you mean "mean"?',
    ]);
    expect(encoder({ order: 'sortd' })).toEqual([
      'modalities.row.order: must be one of given, sorted, got "sortd". Did you mean "sorted"?',
    ]);
  });
});

describe('a value of the wrong type or range', () => {
  it.each([
    [{ maxTokens: '4' }, 'modalities.row.maxTokens: must be a number, got "4".'],
    [{ maxTokens: 1.5 }, 'modalities.row.maxTokens: must be a whole number, got 1.5.'],
    [{ maxTokens: 101 }, 'modalities.row.maxTokens: must be at most 100, got 101.'],
    [{ tokenWidth: 0 }, 'modalities.row.tokenWidth: must be more than 0, got 0.'],
    [{ tokenWidth: null }, 'modalities.row.tokenWidth: must be a number, got null.'],
    [{ scale: 3 }, 'modalities.row.scale: must be a mapping of keys to values, got 3.'],
    [{ scale: { by: true } }, 'modalities.row.scale.by: must be a number, got true.'],
    [{ ranges: {} }, 'modalities.row.ranges: must be a list, got {}.'],
    [{ ranges: [{ from: 1 }] }, 'modalities.row.ranges[0].to: is required: a number.'],
    [{ named: [] }, 'modalities.row.named: must be a mapping of names to values, got [].'],
    [{ pool: {} }, 'modalities.row.pool.kind: is required: one of none, mean.'],
    [{ limit: 5 }, 'modalities.row.limit: must be auto, or must be a mapping of keys to values, got 5.'],
    [{ shape: { kind: 'box' } }, 'modalities.row.shape.side: is required: a number.'],
    [{ shape: { kind: 'disc' } }, 'modalities.row.shape: kind must be line, or kind must be box, got {"kind":"disc"}.'],
    [{ limit: { at: 'x' } }, 'modalities.row.limit.at: must be a number, got "x".'],
  ])('%j says what is allowed', (options, expected) => {
    expect(encoder(options)).toEqual([expected]);
  });

  it.each([
    [{ name: '' }, 'name: must have at least 1 characters, got "".'],
    [{ name: 5 }, 'name: must be text, got 5.'],
    [{ training: 3 }, 'training: must be a mapping of keys to values, got 3.'],
    [{ training: { epochs: 0 } }, 'training.epochs: must be more than 0, got 0.'],
    [{ training: { keep: 'bset' } }, 'training.keep: must be one of best, last, got "bset". Did you mean "best"?'],
    [{ training: { freeze: { row: -1 } } }, 'training.freeze.row: must be at least 0, got -1.'],
    [{ training: { modalityDropout: { row: 2 } } }, 'training.modalityDropout.row: must be at most 1, got 2.'],
    [{ heads: { kind: { type: 'label', weight: -1 } } }, 'heads.kind.weight: must be more than 0, got -1.'],
    [
      { heads: { kind: { type: 'label', metrics: 'accuracy' } } },
      'heads.kind.metrics: must be a list, got "accuracy".',
    ],
    [
      { heads: { kind: { type: 'label', labels: ['one'] } } },
      'heads.kind.labels: must have at least 2 entries, got ["one"].',
    ],
    [{ initialize: { fusion: 3 } }, 'initialize.fusion: must be text, or must be a mapping of keys to values, got 3.'],
    [{ initialize: 'bert' }, 'initialize: must be a mapping of names to values, got "bert".'],
    [{ modalities: { row: { encoder: 7 } } }, 'modalities.row.encoder: must be text, got 7. Known: numbers, letters.'],
    [{ modalities: { row: 'numbers' } }, 'modalities.row: must be a mapping of keys to values, got "numbers".'],
    [{ modalities: [] }, 'modalities: must be a mapping of keys to values, got [].'],
    [{ fusion: null }, 'fusion: must be a mapping of keys to values, got null.'],
  ])('%j says what is allowed', (changes, expected) => {
    expect(faults(changes)[0]).toBe(expected);
  });

  it('is cut to a readable length', () => {
    const [fault] = encoder({ maxTokens: 'x'.repeat(500) });
    expect(fault?.length).toBeLessThan(160);
    expect(fault).toMatch(/…\.$/);
  });
});

describe('what is missing', () => {
  it('is named, all of it', () => {
    expect(issuesOf({}).map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'modalities: is required: a mapping of keys to values.',
      'heads: is required: a mapping of keys to values.',
      'fusion: is required: a mapping of keys to values.',
    ]);
  });

  it.each([undefined, null, 'spec', 3, []])('is a spec where %j is given', (given) => {
    expect(issuesOf(given)[0]?.message).toMatch(/a spec: a mapping with modalities, fusion and heads/);
  });

  it('is the name of a part', () => {
    expect(faults({ fusion: { width: 2 } })).toEqual([
      'fusion.type: is required: the name of a fusion. Known: mean, table-mean.',
    ]);
    expect(faults({ modalities: { row: {} } })[0]).toContain(
      'modalities.row.encoder: is required: the name of an encoder',
    );
  });

  it('is at least one modality and head', () => {
    expect(faults({ modalities: {}, heads: {} })).toEqual([
      'modalities: must name at least one, got none.',
      'heads: must name at least one, got none.',
    ]);
  });

  it('is a plugin with the default optimizer', () => {
    const bare = new Registry([definePlugin({ name: 'bare', components: tinyPlugin.components.slice(0, 5) })]);
    expect(() => parseSpec(spec, bare)).toThrow('training.optimizer.type: unknown optimizer "adamw". Known: none.');
  });
});

describe('names of modalities and heads', () => {
  it.each(['my image', '1st', 'a.b', 'a-b', ''])('%j is refused: it becomes part of parameter paths', (name) => {
    const [fault] = faults({ modalities: { [name]: { encoder: 'numbers' } } });
    expect(fault).toContain('must start with a letter and hold letters, digits and _ only');
  });
});

it('reports the faults of all parts at once', () => {
  const paths = issuesOf({
    modalities: { row: { encoder: 'nope' }, other: { encoder: 'numbers', maxTokens: 0 } },
    fusion: { type: 'nope' },
    heads: { kind: { type: 'label', wieght: 1 } },
    training: { epochs: 'x' },
  }).map(({ path }) => path);
  expect(paths).toEqual([
    'modalities.row.encoder',
    'modalities.other.maxTokens',
    'heads.kind.wieght',
    'fusion.type',
    'training.epochs',
  ]);
});

describe('a recipe', () => {
  const name = (part: 'optimizer' | 'schedule', type: string) => {
    const create = () => ({}) as never;
    const config = z.strictObject({}).catchall(z.unknown()) as unknown as z.ZodObject;
    const definition = { name: type, summary: type, config, create };
    return part === 'optimizer' ? defineOptimizer(definition) : defineSchedule(definition);
  };
  const parts = definePlugin({
    name: 'authors',
    components: [
      name('optimizer', 'bert-adam'),
      name('optimizer', 'adam'),
      name('schedule', 'plateau'),
      name('schedule', 'cosine'),
    ],
  });
  const wide = new Registry([tinyPlugin, parts]);
  const training = (recipe: string, changes: object = {}) =>
    parseSpec({ ...spec, recipe, training: changes }, wide).training;

  it('gives the training options of the authors', () => {
    expect(training('paper')).toMatchObject({
      epochs: 100,
      batchSize: 128,
      accumulate: 24,
      remainder: 'discard',
      decayBatchNorm: true,
      frozenBatchNorm: 'batch',
      patience: 10,
      seed: 123,
      optimizer: { type: 'bert-adam', options: { learningRate: 1e-4 } },
      schedule: { type: 'plateau', options: { decay: 'linear', warmup: 0.1 } },
    });
    expect(training('paper-adam').optimizer).toEqual({ type: 'adam', options: { learningRate: 1e-4 } });
    expect(training('paper-adam').schedule.options).not.toHaveProperty('decay');
  });

  it('counts after what the spec says itself, option by option while the part is the same', () => {
    const changed = training('paper', {
      epochs: 3,
      optimizer: { learningRate: 5e-5 },
      schedule: { type: 'plateau', patience: 1 },
    });
    expect(changed).toMatchObject({
      epochs: 3,
      batchSize: 128,
      optimizer: { type: 'bert-adam', options: { learningRate: 5e-5, weightDecay: 0.01 } },
      schedule: { options: { patience: 1, decay: 'linear' } },
    });
    expect(training('paper', { optimizer: 'adam' }).optimizer).toEqual({ type: 'adam', options: {} });
  });

  it('leaves no trace beside the options: what is saved does not depend on it', () => {
    const resolved = parseSpec({ ...spec, recipe: 'paper' }, wide);
    expect(resolved).not.toHaveProperty('recipe');
    expect(parseSpec(toPlainSpec(resolved), wide)).toEqual(resolved);
  });

  it('modern gives our own options, of which a spec may change each', () => {
    expect(training('modern')).toMatchObject({
      epochs: 20,
      batchSize: 32,
      clipNorm: 1,
      keep: 'last',
      optimizer: { type: 'adamw', options: { learningRate: 1e-3 } },
      schedule: { type: 'cosine', options: { warmup: 0.1 } },
    });
    const changed = training('modern', { epochs: 3, schedule: 'linear', optimizer: { learningRate: 5e-5 } });
    expect(changed).toMatchObject({ epochs: 3, clipNorm: 1, optimizer: { options: { learningRate: 5e-5 } } });
    expect(changed.schedule.type).toBe('linear');
  });

  it.each([
    ['papers', 'unknown recipe "papers". Known: paper, paper-adam, modern. Did you mean "paper"?'],
    ['toString', 'unknown recipe "toString". Known: paper, paper-adam, modern.'],
    [['paper'], 'unknown recipe ["paper"]. Known: paper, paper-adam, modern.'],
  ])('%s is refused', (recipe, message) => {
    expect(faults({ recipe })).toEqual([`recipe: ${message}`]);
  });
});
