import type { AnyDefinition, EncoderSlot, PartKind, Plugin } from './definition.js';
import { RegistryError } from './errors.js';
import { suggestName } from './nearest.js';

/** A definition and the plugin that brought it. */
export interface RegisteredPart {
  readonly definition: AnyDefinition;
  /** Name of the plugin. */
  readonly owner: string;
}

/** Keys of a spec that stand beside a part's options. */
const reservedKeys = (kind: PartKind): readonly string[] => {
  if (kind === 'encoder') return ['encoder'];
  return kind === 'head' ? ['type', 'loss', 'weight', 'metrics'] : ['type'];
};

/** Spec name → definition, for each kind of part. */
export class Registry {
  private readonly parts = new Map<string, RegisteredPart>();
  private readonly added = new Set<Plugin>();

  constructor(plugins: readonly Plugin[] = []) {
    for (const plugin of plugins) this.add(plugin);
  }

  /** Registers all parts of a plugin, once, or none: a taken name throws RegistryError and names both owners. */
  add(plugin: Plugin): void {
    if (this.added.has(plugin)) return;
    const added = new Map<string, RegisteredPart>();
    for (const definition of plugin.components) {
      const key = `${definition.kind}:${definition.name}`;
      const taken = this.parts.get(key) ?? added.get(key);
      if (taken) {
        throw new RegistryError(
          `Registry: a name may be taken once, got ${definition.kind} "${definition.name}" from plugin "${plugin.name}", ` +
            `already defined by plugin "${taken.owner}". Rename one of them.`,
        );
      }
      const beside = [...reservedKeys(definition.kind), ...Object.keys(definition.encoders)];
      const reserved =
        beside.find((key) => key in definition.config.shape) ??
        reservedKeys(definition.kind).find((key) => key in definition.encoders);
      if (reserved !== undefined) {
        throw new RegistryError(
          `Registry: an option may not be named as a key that stands beside it, got "${reserved}" in ${definition.kind} ` +
            `"${definition.name}" from plugin "${plugin.name}". Rename the option.`,
        );
      }
      added.set(key, { definition, owner: plugin.name });
    }
    for (const [key, part] of added) this.parts.set(key, part);
    this.added.add(plugin);
  }

  /** The definition of a kind and name, or undefined. */
  find(kind: PartKind, name: string): AnyDefinition | undefined {
    return this.parts.get(`${kind}:${name}`)?.definition;
  }

  /** The definition of a kind and name. Throws RegistryError that lists the known names. */
  get(kind: PartKind, name: string): AnyDefinition {
    const definition = this.find(kind, name);
    if (!definition)
      throw new RegistryError(`Registry: unknown ${kind} "${name}". ${suggestName(name, this.names(kind))}`);
    return definition;
  }

  /** Known names of a kind, in order of registration. */
  names(kind: PartKind): string[] {
    return this.list(kind).map(({ definition }) => definition.name);
  }

  /** The encoders that may stand in a slot: those of its medium or of none that is known, without slots of their own. */
  fitting({ medium }: EncoderSlot): AnyDefinition[] {
    return this.list('encoder')
      .map(({ definition }) => definition)
      .filter((one) => (one.medium ?? medium) === medium && Object.keys(one.encoders).length === 0);
  }

  /** All registered parts, or those of one kind. */
  list(kind?: PartKind): RegisteredPart[] {
    return [...this.parts.values()].filter(({ definition }) => !kind || definition.kind === kind);
  }
}
