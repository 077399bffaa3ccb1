import { z } from 'zod';
import type { AnyDefinition, PartKind } from '../definition.js';
import type { Registry } from '../registry.js';
import {
  headCommon,
  initializeSchema,
  modalityCommon,
  modelName,
  partName,
  pluginsSchema,
  publishedSchema,
  recipeSchema,
} from './schemas.js';
import { trainingSchema } from './trainingSchema.js';

/** The JSON Schema (draft 2020-12) of specs that use the registry's plugins, for editors and other languages. */
export function specJsonSchema(registry: Registry): Record<string, unknown> {
  const oneOf = (
    definitions: readonly AnyDefinition[],
    key: string,
    common: (definition: AnyDefinition) => z.ZodRawShape,
  ): z.ZodType => {
    const [first, ...rest] = definitions.map((definition) =>
      z
        .strictObject({ [key]: z.literal(definition.name), ...definition.config.shape, ...common(definition) })
        .describe(definition.summary),
    );
    return first ? z.union([first, ...rest]) : z.never();
  };
  const slots = ({ encoders }: AnyDefinition): z.ZodRawShape =>
    Object.fromEntries(
      Object.entries(encoders).map(([key, slot]) => [
        key,
        oneOf(registry.fitting(slot), 'encoder', () => ({})).describe(slot.summary),
      ]),
    );
  const choice = (kind: PartKind, key: string, common: z.ZodRawShape = {}): z.ZodType =>
    oneOf(
      registry.list(kind).map(({ definition }) => definition),
      key,
      (definition) => ({ ...slots(definition), ...common }),
    );
  const named = (kind: PartKind): z.ZodType => z.union([choice(kind, 'type'), z.enum(registry.names(kind))]);
  const spec = z.strictObject({
    name: modelName,
    recipe: recipeSchema,
    published: publishedSchema,
    plugins: pluginsSchema,
    modalities: z.record(partName, choice('encoder', 'encoder', modalityCommon.shape)),
    fusion: choice('fusion', 'type'),
    heads: z.record(partName, choice('head', 'type', { ...headCommon.shape, loss: named('loss').optional() })),
    data: choice('dataset', 'type').optional(),
    training: trainingSchema
      .extend({ optimizer: named('optimizer').optional(), schedule: named('schedule').optional() })
      .optional(),
    initialize: initializeSchema,
  });
  return z.toJSONSchema(spec, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>;
}
