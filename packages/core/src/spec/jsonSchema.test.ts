import { describe, expect, it } from 'vitest';
import { tinyPlugin } from '../../test/tinyParts.js';
import { definePlugin, Registry, specJsonSchema } from '../index.js';

interface Schema {
  readonly [key: string]: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly required?: readonly string[];
  readonly const?: string;
}
const schema = specJsonSchema(new Registry([tinyPlugin])) as Schema;
const of = (...keys: readonly string[]): Schema =>
  keys.reduce((node, key) => node.properties?.[key] ?? (node.additionalProperties as Schema), schema);
const variantsOf = (node: Schema, key: string): (string | undefined)[] =>
  (node.anyOf ?? []).flatMap(({ properties }) => (properties ? [properties[key]?.const] : []));

describe('the JSON Schema of specs', () => {
  it('requires modalities, fusion and heads', () => {
    expect(schema['$schema']).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(schema.required).toEqual(['modalities', 'fusion', 'heads']);
    expect(schema.additionalProperties).toBe(false);
  });

  it('offers every encoder, fusion, head and dataset in use', () => {
    expect(variantsOf(of('modalities', 'any'), 'encoder')).toEqual(['numbers', 'letters']);
    expect(variantsOf(of('fusion'), 'type')).toEqual(['mean', 'table-mean']);
    expect(variantsOf(of('heads', 'any'), 'type')).toEqual(['label', 'amount']);
    expect(variantsOf(of('data'), 'type')).toEqual(['inline']);
  });

  it('describes options with their defaults, and refuses others', () => {
    const [numbers] = of('modalities', 'any').anyOf ?? [];
    expect(numbers).toMatchObject({
      description: 'Numbers, each a token.',
      additionalProperties: false,
      required: ['encoder'],
      properties: { maxTokens: { type: 'integer', default: 4, maximum: 100, description: 'Numbers read.' } },
    });
  });

  it('takes losses, optimizers and schedules by name or with options', () => {
    const loss = of('heads', 'any').anyOf?.[0]?.properties?.['loss'];
    expect(JSON.stringify(loss)).toContain('"enum":["cross-entropy","mse"]');
    expect(JSON.stringify(loss)).toContain('"smoothing"');
    expect(JSON.stringify(of('training', 'optimizer'))).toContain('"enum":["adamw"]');
    expect(of('training', 'epochs')).toMatchObject({ type: 'integer', default: 10 });
  });

  it('can be made without any part of a kind', () => {
    const bare = new Registry([definePlugin({ name: 'bare', components: [] })]);
    expect(JSON.parse(JSON.stringify(specJsonSchema(bare)))).toHaveProperty('properties.modalities');
  });
});
