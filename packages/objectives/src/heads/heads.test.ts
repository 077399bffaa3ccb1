import '@tensorflow/tfjs-backend-cpu';
import { memory, setBackend, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import {
  DataError,
  inferenceContext,
  ParameterStore,
  SpecError,
  type Assets,
  type ForwardContext,
  type HeadContext,
} from '@tessera/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { labelsFile } from './labelList.js';
import { multiLabel, MultiLabelHead } from './multiLabelHead.js';
import { regression, RegressionHead } from './regressionHead.js';
import { singleLabel, SingleLabelHead } from './singleLabelHead.js';

beforeAll(async () => {
  await setBackend('cpu');
});

const assetsOf = (names: readonly string[]): Assets => ({ [labelsFile]: JSON.stringify(names) });
const contextOf = (assets: Assets, store = new ParameterStore(1)): HeadContext => ({
  path: 'heads.label',
  parameters: store.scope('heads.label'),
  inputWidth: 4,
  assets,
});
const single = (names = ['cat', 'dog', 'bird'], options = {}): SingleLabelHead =>
  new SingleLabelHead(singleLabel.config.parse(options), contextOf(assetsOf(names)));
const multi = (options = {}): MultiLabelHead =>
  new MultiLabelHead(multiLabel.config.parse(options), contextOf(assetsOf(['red', 'green', 'blue'])));
const values = (names = ['x', 'y']): RegressionHead =>
  new RegressionHead(regression.config.parse({}), contextOf(assetsOf(names)));
const source = (targets?: readonly unknown[]) => ({
  path: 'heads.label',
  baseFolder: '.',
  ...(targets && { values: targets.values() }), // once only, as a split's are
});

describe('SingleLabelHead', () => {
  it('learns classes in order of first appearance, numbers by their text', async () => {
    const assets = await singleLabel.fit?.({ dropoutRate: 0, hiddenSizes: [] }, source(['b', 7, 'a', 'b', '7']));
    expect(assets).toEqual(assetsOf(['b', '7', 'a']));
  });

  it('takes classes from its options before data', async () => {
    const options = singleLabel.config.parse({ labels: ['no', 'yes'] });
    expect(await singleLabel.fit?.(options, source(['yes', 'perhaps']))).toEqual(assetsOf(['no', 'yes']));
  });

  it.each([
    ['neither labels nor data', {}, undefined, /needs class names, got neither labels nor training data/],
    ['one class only', {}, ['a', 'a'], /needs at least 2 classes, got 1 \(a\) from the training data/],
    ['no labelled sample', {}, [], /needs at least 2 classes, got 0/],
    [
      'a name that stands twice',
      { labels: ['a', 'b', 'a'] },
      undefined,
      /heads.label.labels: must be different, got "a"/,
    ],
    [
      'lists',
      {},
      [['a'], ['b']],
      /needs labels that are text, numbers, true or false, got \["a"\] first. The head multi-label/,
    ],
  ])('refuses %s', async (_, options, targets, message) => {
    const fitted = singleLabel.fit?.(singleLabel.config.parse(options), source(targets));
    await expect(fitted).rejects.toThrow(SpecError);
    await expect(fitted).rejects.toThrow(message);
  });

  it('takes true and false by their names', async () => {
    const fitted = await singleLabel.fit?.(singleLabel.config.parse({}), source([true, false, 'true']));
    expect(fitted).toEqual(assetsOf(['true', 'false']));
    const head = new SingleLabelHead(singleLabel.config.parse({}), contextOf(fitted ?? {}));
    expect([true, 'false'].map((label) => head.encodeTarget(label))).toEqual([[0], [1]]);
  });

  it('predicts a label with its probability', () => {
    const { label, probability, probabilities } = single().decode(Float32Array.of(0, Math.log(2), 0));
    expect(label).toBe('dog');
    expect(probability).toBeCloseTo(0.5);
    expect(probabilities).toEqual({ cat: expect.closeTo(0.25), dog: expect.closeTo(0.5), bird: expect.closeTo(0.25) });
  });

  it('stays finite for extreme logits', () => {
    expect([...single().scores(Float32Array.of(1e4, -1e4, 0))]).toEqual([1, 0, 0]);
  });

  it('takes the first of equal logits', () => {
    expect(single().encodePrediction(Float32Array.of(1, 2, 2))).toEqual([1]);
  });

  it('names an unknown label, what is known and the nearest', () => {
    expect(() => single().checkTarget('brid')).toThrow(DataError);
    expect(() => single().checkTarget('brid')).toThrow(
      'unknown label "brid". Known: cat, dog, bird. Did you mean "bird"?',
    );
    expect(() => single().checkTarget(['cat'] as never)).toThrow(
      'a label must be text, a number, true or false, got ["cat"].',
    );
  });

  it('collates class numbers, 0 for a sample without label', async () => {
    const targets = single().collateTargets(['bird', undefined, 'dog']);
    expect(targets.dtype).toBe('int32');
    expect([...(await targets.data())]).toEqual([2, 0, 1]);
    targets.dispose();
  });

  it.each([
    ['missing', {}],
    ['no JSON', { [labelsFile]: '[' }],
    ['no list of text', { [labelsFile]: '[1, 2]' }],
  ])('says so when its list of classes is %s', (_, assets) => {
    const build = (): SingleLabelHead => new SingleLabelHead(singleLabel.config.parse({}), contextOf(assets));
    expect(build).toThrow(/heads.label: needs its class names as a JSON list in labels.json/);
  });
});

describe('MultiLabelHead', () => {
  it('learns classes from lists and single labels, and takes a single class', async () => {
    const options = multiLabel.config.parse({});
    expect(await multiLabel.fit?.(options, source([['b', 'a'], [], 'c']))).toEqual(assetsOf(['b', 'a', 'c']));
    expect(await multiLabel.fit?.(options, source([[], ['spam']]))).toEqual(assetsOf(['spam']));
  });

  it('predicts the labels above the threshold, and not those on it', () => {
    const logits = Float32Array.of(0, 1, -1);
    expect(multi().decode(logits).labels).toEqual(['green']);
    expect(multi({ threshold: 0.25 }).decode(logits).labels).toEqual(['red', 'green', 'blue']);
    expect(multi().encodePrediction(logits)).toEqual([0, 1, 0]);
    expect(multi().decode(logits).probabilities['red']).toBe(0.5);
  });

  it('collates rows of 0 and 1', async () => {
    const targets = multi().collateTargets([['blue', 'red', 'red'], undefined, [], 'green']);
    expect(targets.shape).toEqual([4, 3]);
    expect([...(await targets.data())]).toEqual([1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    targets.dispose();
  });

  it('names an unknown label in a list', () => {
    expect(() => multi().checkTarget(['red', 'gren'])).toThrow(
      'unknown label "gren". Known: red, green, blue. Did you mean "green"?',
    );
  });
});

describe('RegressionHead', () => {
  it('names its values after the data', async () => {
    const options = regression.config.parse({});
    expect(
      await regression.fit?.(
        options,
        source([
          [1, 2],
          [3, 4],
        ]),
      ),
    ).toEqual(assetsOf(['value1', 'value2']));
    expect(await regression.fit?.(options, source(['0.5']))).toEqual(assetsOf(['value']));
    expect(await regression.fit?.(options, source())).toEqual(assetsOf(['value']));
  });

  it('predicts the logits by name', () => {
    expect(values().decode(Float32Array.of(1.5, -2))).toEqual({ values: { x: 1.5, y: -2 } });
  });

  it('reads numbers from text, and refuses what is none or not as many', () => {
    expect(values(['x']).encodeTarget('2.5' as never)).toEqual([2.5]);
    expect(() => values(['x']).checkTarget('tall' as never)).toThrow('a target must be a finite number, got "tall".');
    expect(() => values(['x']).checkTarget(Number.NaN)).toThrow('a target must be a finite number, got NaN.');
    expect(() => values().checkTarget([1])).toThrow('a target must have 2 values (x, y), got 1.');
  });
});

describe('OutputLayers', () => {
  const pooled = (): ReturnType<typeof tensor2d> => tensor2d([1, 2, 3, 4, -1, 0, 1, 0], [2, 4]);

  it('is one linear layer, initialised as nn.Linear, under stable paths', () => {
    const store = new ParameterStore(1);
    new SingleLabelHead(singleLabel.config.parse({ hiddenSizes: [5] }), contextOf(assetsOf(['a', 'b']), store));
    expect(store.list().map(({ path, shape }) => [path, shape])).toEqual([
      ['heads.label.hidden.0.weight', [4, 5]],
      ['heads.label.hidden.0.bias', [5]],
      ['heads.label.output.weight', [5, 2]],
      ['heads.label.output.bias', [2]],
    ]);
    const bound = 1 / Math.sqrt(4);
    const weights = store.find('heads.label.hidden.0.weight')?.value.dataSync() ?? [];
    expect(Math.max(...weights.map(Math.abs))).toBeLessThanOrEqual(bound);
    expect(Math.max(...weights.map(Math.abs))).toBeGreaterThan(bound / 2);
    store.dispose();
  });

  it('drops features in training only', async () => {
    const head = single(['a', 'b'], { dropoutRate: 0.9 });
    let draws = 0;
    const training: ForwardContext = {
      ...inferenceContext(),
      training: true,
      nextSeed: () => tensor1d([draws++, 5], 'int32'),
    };
    const state = { pooled: pooled() };
    const calm = head.logits(state, inferenceContext());
    const again = head.logits(state, inferenceContext());
    const dropped = head.logits(state, training);
    expect(await again.data()).toEqual(await calm.data());
    expect(await dropped.data()).not.toEqual(await calm.data());
    expect(draws).toBe(1);
  });

  it('leaves nothing behind but the logits', () => {
    const head = single(['a', 'b'], { hiddenSizes: [3] });
    const state = { pooled: pooled() };
    head.logits(state, inferenceContext()).dispose();
    const before = memory().numTensors;
    head.logits(state, inferenceContext()).dispose();
    expect(memory().numTensors).toBe(before);
  });
});
