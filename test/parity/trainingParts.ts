import type { AnyDefinition, PartKind } from '@tessera/core';
import { trainingPlugin } from '@tessera/training';

/** A registered optimizer or schedule, with its options parsed as those of a spec. */
export function createTrainingPart<TPart>(kind: PartKind, type: string, options: Record<string, unknown>): TPart {
  const components: readonly AnyDefinition[] = trainingPlugin.components;
  const definition = components.find((component) => component.kind === kind && component.name === type);
  if (!definition) throw new Error(`parity: no ${kind} "${type}" is registered.`);
  return definition.create(definition.config.parse(options), {} as never, { path: kind } as never) as TPart;
}
