import { z } from 'zod';
import type { PartKind } from '../definition.js';
import type { Registry } from '../registry.js';
import { headCommon, initializeSchema, modelName, partName, publishedSchema, recipeSchema } from './schemas.js';
import { trainingSchema } from './trainingSchema.js';

/** The JSON Schema (draft 2020-12) of specs that use the registry's plugins, for editors and other languages. */
export function specJsonSchema(registry: Registry): Record<string, unknown> {
  const choice = (kind: PartKind, key: string, common: z.ZodRawShape = {}): z.ZodType => {
    const options = registry
      .list(kind)
      .map(({ definition }) =>
        z
          .strictObject({ [key]: z.literal(definition.name), ...definition.config.shape, ...common })
          .describe(definition.summary),
      );
    const [first, ...rest] = options;
    return first ? z.union([first, ...rest]) : z.never();
  };
  const named = (kind: PartKind): z.ZodType => z.union([choice(kind, 'type'), z.enum(registry.names(kind))]);
  const spec = z.strictObject({
    name: modelName,
    recipe: recipeSchema,
    published: publishedSchema,
    modalities: z.record(partName, choice('encoder', 'encoder')),
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
