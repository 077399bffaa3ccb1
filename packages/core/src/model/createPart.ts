// The only place, beside the workbench, that resolves services: parts get everything through their constructor.
import type { AnyDefinition, ContextByKind, Definition, EncoderSlots, InnerEncoders, PartKind } from '../definition.js';
import { SpecError } from '../errors.js';
import type { BuildRequest } from './buildRequest.js';

/** Creates a part with the services it needs. Throws SpecError for a service that nobody provides. */
export function createPart<TPart>(
  request: BuildRequest,
  definition: AnyDefinition,
  options: Readonly<Record<string, unknown>>,
  context: ContextByKind[PartKind] & Partial<InnerEncoders<EncoderSlots>>,
): TPart {
  const services: Record<string, unknown> = {};
  for (const [name, token] of Object.entries(definition.needs)) {
    if (!request.container.has(token))
      throw new SpecError([{ path: context.path, message: explainMissing(request, definition, token.key) }]);
    services[name] = request.container.get(token);
  }
  return definition.create(options, services as never, context as never) as TPart;
}

function explainMissing(request: BuildRequest, definition: Definition, key: string): string {
  const token = Object.values(definition.needs).find((need) => need.key === key);
  const provides = (fusion: AnyDefinition): boolean => fusion.provides.some((provider) => provider.token.key === key);
  const fusions = request.registry
    .list('fusion')
    .flatMap(({ definition: fusion }) => (provides(fusion) ? [fusion.name] : []));
  const encoders = request.registry
    .list('encoder')
    .flatMap(({ definition: encoder }) =>
      definition.kind === 'encoder' && encoder.input === definition.input && !(key in keysOf(encoder))
        ? [encoder.name]
        : [],
    );
  return (
    `${definition.kind} "${definition.name}" needs ${token?.description ?? key}, got fusion "${request.spec.fusion.type}", which provides none. ` +
    (fusions.length
      ? `Use fusion ${fusions.join(' or ')}`
      : `Bind "${key}" in the workbench's container, or add a plugin whose fusion provides it`) +
    (encoders.length ? `, or encoder ${encoders.join(' or ')}.` : '.')
  );
}

const keysOf = (definition: AnyDefinition): Record<string, true> =>
  Object.fromEntries(Object.values(definition.needs).map((need) => [need.key, true]));
