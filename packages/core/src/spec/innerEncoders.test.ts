// Encoders among the options of another encoder: read, shown, fitted and built with it.
import '@tensorflow/tfjs-backend-cpu';
import { setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { numbers, tinyPlugin } from '../../test/tinyParts.js';
import {
  createWorkbench,
  defineEncoder,
  definePlugin,
  fitAssets,
  Registry,
  toPlainSpec,
  type Encoder,
} from '../index.js';

const config = z.strictObject({ size: z.int().default(1).describe('Size.') });
const series = (sign: number): readonly number[] => [sign, 2 * sign];

/** Reads words by an encoder of numbers: what stands for any encoder that makes use of another. */
const spelled = defineEncoder<string>()({
  name: 'spelled',
  summary: 'Words by their sign.',
  config: z.strictObject({ times: z.int().default(1).describe('Repetitions.') }),
  medium: 'text',
  encoders: { number: { medium: 'number', summary: 'Encodes the numbers.' } },
  create: (_config, _services, { encoders: { number }, parameters }): Encoder<string> => {
    expectTypeOf(number).toEqualTypeOf<Encoder>();
    parameters.weight('own', [1], (shape) => new Float32Array(shape[0] ?? 1));
    return { ...number, prepare: (word, options) => number.prepare(series(word === 'minus' ? -1 : 1), options) };
  },
});
/** An encoder with a medium and an asset of its own. */
const measured = defineEncoder<readonly number[]>()({
  name: 'measured',
  summary: 'Numbers with a unit.',
  config,
  medium: 'number',
  fit: async (_config, { path, values }) => ({ 'unit.txt': `${path} ${typeof values}` }),
  create: (_config, services, context) => numbers.create(numbers.config.parse({}), services as never, context as never),
});
const texts = defineEncoder<string>()({
  name: 'texts',
  summary: 'Texts.',
  config,
  medium: 'text',
  create: () => ({}) as Encoder<string>,
});

const plugin = definePlugin({ name: 'inner', components: [spelled, measured, texts] });
const bench = createWorkbench({ plugins: [tinyPlugin, plugin] });
const rest = { fusion: { type: 'mean' }, heads: { size: { type: 'amount' } } } as const;
const specOf = (number: unknown) => ({ ...rest, modalities: { word: { encoder: 'spelled', number } } });

beforeAll(() => setBackend('cpu'));

describe('an encoder among the options of another', () => {
  it('is read with its defaults, and written as it was read', () => {
    const resolved = bench.resolve(specOf({ encoder: 'numbers', tokenWidth: 2 }));
    expect(resolved.modalities['word']).toMatchObject({
      options: { times: 1 },
      encoders: { number: { type: 'numbers', options: { tokenWidth: 2, maxTokens: 4 } } },
    });
    expect(bench.resolve(JSON.parse(JSON.stringify(toPlainSpec(resolved))))).toEqual(resolved);
  });

  it.each([
    [undefined, 'modalities.word.number: is required: an encoder of numbers, such as { encoder: numbers }'],
    [{ encoder: 'number' }, 'modalities.word.number.encoder: unknown encoder "number"'],
    [{ encoder: 'texts' }, 'must be an encoder of numbers, got "texts", which takes text. Known: numbers, letters'],
    [{ encoder: 'spelled' }, 'must be an encoder of numbers, got "spelled", which takes text'],
    [{ encoder: 'numbers', tokenwidth: 2 }, 'modalities.word.number.tokenwidth: unknown key "tokenwidth"'],
    [{ encoder: 'measured', size: 1.5 }, 'modalities.word.number.size: must be a whole number'],
  ])('is refused with its path: %j', (number, message) => {
    expect(() => bench.resolve(specOf(number))).toThrow(message);
  });

  it('is checked by the compiler', () => {
    const spec = bench.defineModel({
      ...rest,
      modalities: { word: { encoder: 'spelled', times: 2, number: { encoder: 'numbers', maxTokens: 2 } } },
    });
    expect(spec.modalities.word.number.maxTokens).toBe(2);
    expectTypeOf<Parameters<Awaited<ReturnType<typeof bench.build<typeof spec>>>['predict']>[0]>().toEqualTypeOf<{
      readonly word?: string;
    }>();
    // @ts-expect-error a misspelt option of the inner encoder
    expect(() => bench.defineModel(specWith({ encoder: 'numbers', maxToken: 2 }))).toThrow('unknown key "maxToken"');
    // @ts-expect-error an encoder that nobody registered
    expect(() => bench.defineModel(specWith({ encoder: 'nummers' }))).toThrow('Did you mean "numbers"?');
  });

  it('stands in the JSON Schema under the key of its slot', () => {
    const schema = JSON.stringify(bench.jsonSchema());
    expect(schema).toContain('"description":"Encodes the numbers."');
  });

  it('has parameters below the encoder that holds it', async () => {
    const model = await bench.build({
      ...rest,
      modalities: { word: { encoder: 'spelled', number: { encoder: 'numbers' } } },
    });
    const paths = model.parameters.list().map(({ path }) => path);
    expect(paths).toContain('modalities.word.encoder.number.weight');
    expect(paths).toContain('modalities.word.encoder.own');
    expect(model.encoders.get('word')?.towerPaths).toEqual(['modalities.word.encoder.number']);
    const [plus, minus] = await model.predictAll([{ word: 'plus' }, { word: 'minus' }]);
    expect(plus?.size).toBeCloseTo(-(minus?.size ?? 0), 6);
    model.dispose();
  });

  it('fits assets of its own, without the values of the modality', async () => {
    const spec = bench.resolve(specOf({ encoder: 'measured' }));
    const assets = await fitAssets(spec, bench.registry, {
      baseFolder: '.',
      training: {
        name: 'train',
        origin: '',
        length: 1,
        sample: () => ({ id: '', inputs: { word: 'plus' }, targets: {}, origin: '' }),
      },
    });
    expect(assets).toEqual({ 'modalities.word.number': { 'unit.txt': 'modalities.word.number undefined' } });
  });

  it('may not stand under the name of an option', () => {
    const clash = defineEncoder<string>()({
      name: 'clash',
      summary: '',
      config,
      encoders: { size: { medium: 'image', summary: '' } },
      create: () => ({}) as Encoder<string>,
    });
    expect(() => new Registry([definePlugin({ name: 'clashing', components: [clash] })])).toThrow(
      'may not be named as a key that stands beside it, got "size" in encoder "clash"',
    );
  });
});

/** A spec whose inner encoder keeps its literal type. */
const specWith = <const T>(number: T) => ({ ...rest, modalities: { word: { encoder: 'spelled', number } } }) as const;
