import type { z } from 'zod';
import type { AnyDefinition, EncoderSlot, PartKind } from '../definition.js';
import { SpecError, type SpecIssue } from '../errors.js';
import { suggestName } from '../nearest.js';
import type { Registry } from '../registry.js';
import { formatPath, isMapping, showValue, toSpecIssues } from './issues.js';
import type { HeadChoice, ModalityChoice, PartChoice, ResolvedSpec, ResolvedTraining } from './resolvedSpec.js';
import { isRecipe, recipeNames, withRecipe } from './recipes.js';
import {
  headCommon,
  initializeSchema,
  modalityCommon,
  modelName,
  partName,
  pluginsSchema,
  publishedSchema,
} from './schemas.js';
import { trainingSchema } from './trainingSchema.js';
import { findUnknownKeys } from './unknownKeys.js';

const topKeys = [
  'name',
  'recipe',
  'plugins',
  'modalities',
  'fusion',
  'heads',
  'data',
  'training',
  'initialize',
  'published',
] as const;
type Mapping = Readonly<Record<string, unknown>>;

/**
 * Checks a spec against the plugins in use and fills in defaults.
 * @throws SpecError with every fault: path, what was given, what is allowed, the nearest known name.
 */
export function parseSpec(given: unknown, registry: Registry): ResolvedSpec {
  const parser = new SpecParser(registry);
  const spec = parser.spec(given);
  if (parser.issues.length) throw new SpecError(parser.issues);
  return spec;
}

class SpecParser {
  readonly issues: SpecIssue[] = [];

  constructor(private readonly registry: Registry) {}

  spec(given: unknown): ResolvedSpec {
    const root = this.mapping(given, []);
    for (const key of Object.keys(root)) {
      if (!(topKeys as readonly string[]).includes(key))
        this.issue([key], `unknown key "${key}". ${suggestName(key, topKeys)}`);
    }
    const modalities = this.named(root['modalities'], ['modalities'], (value, path) => this.modality(value, path));
    const heads = this.named(root['heads'], ['heads'], (value, path) => this.head(value, path));
    const published = this.parse(publishedSchema, root['published'], ['published']);
    const plugins = this.parse(pluginsSchema, root['plugins'], ['plugins']) ?? [];
    const spec: ResolvedSpec = {
      name: this.parse(modelName, root['name'], ['name']) ?? 'model',
      ...(published && { published }),
      ...(plugins.length > 0 && { plugins }),
      modalities,
      fusion: this.choice('fusion', 'type', root['fusion'], ['fusion']),
      heads,
      ...(root['data'] === undefined ? {} : { data: this.choice('dataset', 'type', root['data'], ['data']) }),
      training: this.training(this.withRecipe(root['training'] ?? {}, root['recipe']), Object.keys(modalities)),
      initialize: this.parse(initializeSchema, root['initialize'], ['initialize']) ?? {},
    };
    return spec;
  }

  private named<T>(given: unknown, path: string[], parse: (value: unknown, path: string[]) => T): Record<string, T> {
    const mapping = this.mapping(given, path);
    if (given !== undefined && Object.keys(mapping).length === 0) this.issue(path, 'must name at least one, got none.');
    return Object.fromEntries(
      Object.entries(mapping).map(([name, value]) => {
        this.parse(partName, name, [...path, name]);
        return [name, parse(value, [...path, name])];
      }),
    );
  }

  private modality(given: unknown, path: string[]): ModalityChoice {
    if (!isMapping(given)) return this.choice('encoder', 'encoder', given, path);
    const { absent, ...rest } = given;
    const common = this.parse(modalityCommon, { absent }, path);
    return {
      ...this.choice('encoder', 'encoder', rest, path, ['absent']),
      ...(common?.absent && { absent: common.absent }),
    };
  }

  private head(given: unknown, path: string[]): HeadChoice {
    const { loss, weight, metrics, ...rest } = this.mapping(given, path);
    const common = this.parse(headCommon, { weight, metrics }, path) ?? { weight: 1 };
    for (const name of common.metrics ?? []) {
      if (!this.registry.find('metric', name)) {
        this.issue(
          [...path, 'metrics'],
          `unknown metric "${name}". ${suggestName(name, this.registry.names('metric'))}`,
        );
      }
    }
    const choice = this.choice('head', 'type', rest, path, ['loss', 'weight', 'metrics']);
    const lossSpec = typeof loss === 'string' ? { type: loss } : loss;
    return {
      ...choice,
      ...common,
      ...(lossSpec === undefined ? {} : { loss: this.choice('loss', 'type', lossSpec, [...path, 'loss']) }),
    };
  }

  /** `training` on top of the recipe that the spec names, if it names one. */
  private withRecipe(training: unknown, recipe: unknown): unknown {
    if (recipe === undefined) return training;
    if (!isRecipe(recipe)) {
      const known = typeof recipe === 'string' ? suggestName(recipe, recipeNames) : `Known: ${recipeNames.join(', ')}.`;
      this.issue(['recipe'], `unknown recipe ${showValue(recipe)}. ${known}`);
      return training;
    }
    return isMapping(training) ? withRecipe(training, recipe) : training;
  }

  private training(given: unknown, modalities: readonly string[]): ResolvedTraining {
    const path = ['training'];
    const { optimizer, schedule, ...rest } = this.mapping(given, path);
    const options = this.parse(trainingSchema, rest, path, ['optimizer', 'schedule']);
    for (const key of ['freeze', 'modalityDropout'] as const) {
      for (const name of Object.keys(options?.[key] ?? {})) {
        if (!modalities.includes(name))
          this.issue([...path, key, name], `unknown modality "${name}". ${suggestName(name, modalities)}`);
      }
    }
    const part = (kind: PartKind, value: unknown, fallback: string): PartChoice =>
      this.choice(
        kind,
        'type',
        value === undefined ? { type: fallback } : typeof value === 'string' ? { type: value } : value,
        [...path, kind],
      );
    return {
      ...((options ?? {}) as z.output<typeof trainingSchema>),
      optimizer: part('optimizer', optimizer, 'adamw'),
      schedule: part('schedule', schedule, 'linear'),
    };
  }

  /** A mapping whose `key` names a definition and whose other keys are its options. */
  private choice(
    kind: PartKind,
    key: string,
    given: unknown,
    path: string[],
    common: readonly string[] = [],
  ): PartChoice {
    const names = this.registry.names(kind);
    const { [key]: type, ...options } = this.mapping(given, path);
    if (typeof type !== 'string') {
      if (given !== undefined) {
        this.issue(
          [...path, key],
          `${type === undefined ? `is required: the name of ${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}` : `must be text, got ${showValue(type)}`}. Known: ${names.join(', ')}.`,
        );
      }
      return { type: '', options: {} };
    }
    const definition = this.registry.find(kind, type);
    if (!definition) {
      this.issue([...path, key], `unknown ${kind} "${type}". ${suggestName(type, names)}`);
      return { type, options: {} };
    }
    const { encoders, rest } = this.innerEncoders(definition, options, path);
    const parsed =
      this.parse(definition.config, rest, path, [key, ...common, ...Object.keys(definition.encoders)]) ?? {};
    return { type, options: parsed, ...(encoders && { encoders }) };
  }

  /** The encoders that a part asks for, taken from among its options. */
  private innerEncoders(
    { encoders: slots }: AnyDefinition,
    options: Mapping,
    path: string[],
  ): { encoders?: Record<string, PartChoice>; rest: Mapping } {
    const names = Object.keys(slots);
    if (names.length === 0) return { rest: options };
    const rest = Object.fromEntries(Object.entries(options).filter(([key]) => !names.includes(key)));
    const choices = Object.entries(slots).map(([name, slot]) => [
      name,
      this.innerEncoder(slot, options[name], [...path, name]),
    ]);
    return { encoders: Object.fromEntries(choices) as Record<string, PartChoice>, rest };
  }

  private innerEncoder(slot: EncoderSlot, given: unknown, path: string[]): PartChoice {
    const fitting = this.registry.fitting(slot).map(({ name }) => name);
    const known = `Known: ${fitting.join(', ')}.`;
    if (given === undefined) {
      this.issue(
        path,
        `is required: an encoder of ${slot.medium}s, such as { encoder: ${fitting[0] ?? '…'} }. ${known}`,
      );
      return { type: '', options: {} };
    }
    const type = isMapping(given) ? given['encoder'] : undefined;
    const definition = typeof type === 'string' ? this.registry.find('encoder', type) : undefined;
    if (definition && !fitting.includes(definition.name)) {
      const takes = definition.medium === undefined ? 'asks for an encoder itself' : `takes ${definition.medium}`;
      const rule = `must be an encoder of ${slot.medium}s, got "${definition.name}", which ${takes}`;
      this.issue([...path, 'encoder'], `${rule}. ${known}`);
      return { type: definition.name, options: {} };
    }
    return this.choice('encoder', 'encoder', given, path);
  }

  /** Parses options; `known` are further keys that stand beside them and are read elsewhere. */
  private parse<TSchema extends z.ZodType>(
    schema: TSchema,
    given: unknown,
    path: string[],
    known: readonly string[] = [],
  ): z.output<TSchema> | undefined {
    const unknownKeys = findUnknownKeys(schema, given, path, known);
    const { success, data, error } = schema.safeParse(given);
    const others = success
      ? []
      : toSpecIssues(error.issues, given, path).filter((issue) => !unknownKeys.some((u) => u.path === issue.path));
    this.issues.push(...unknownKeys, ...others);
    return data;
  }

  private mapping(given: unknown, path: string[]): Mapping {
    if (isMapping(given)) return given;
    const what = path.length ? 'a mapping of keys to values' : 'a spec: a mapping with modalities, fusion and heads';
    this.issue(path, given === undefined ? `is required: ${what}.` : `must be ${what}, got ${showValue(given)}.`);
    return {};
  }

  private issue(path: readonly PropertyKey[], message: string): void {
    this.issues.push({ path: formatPath(path), message });
  }
}
