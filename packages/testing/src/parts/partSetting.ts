// Parts are created as the builder creates them: options through their schema, services by token, parameters in a store.
import {
  inversifyContainer,
  ParameterStore,
  type AnyDefinition,
  type Container,
  type ContextByKind,
  type Encoder,
  type EncoderContext,
  type EncoderSlots,
  type InnerEncoders,
  type ParameterSource,
  type PartKind,
} from '@tessera/core';

/** What a case says of how its part is created. */
export interface PartSetting {
  /** Says what is special about this case, in the test's name; the options if left out. */
  readonly name?: string;
  /** The part's options, small ones; the defaults of its schema if left out. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Services that the part needs and a workbench would have, such as a decoder. */
  readonly container?: Container;
  /** The encoders that the part asks for, by option, with their own options. */
  readonly encoders?: Readonly<Record<string, InnerSetting>>;
  /** The fusion whose services the part needs, with its options. */
  readonly under?: InnerSetting;
}

/** Another part that a part needs. */
export interface InnerSetting {
  readonly definition: AnyDefinition;
  readonly options?: Readonly<Record<string, unknown>>;
}

/** What a case says of a part with parameters. */
export interface TrainedSetting extends PartSetting {
  /** Trained parameters that no gradient reaches by design. */
  readonly withoutGradient?: RegExp;
  /**
   * Whether the part is a smooth function of its parameters, so that differences tell the gradient; true if left out. A
   * ReLU at 0, where fresh networks often are, is not.
   */
  readonly smooth?: boolean;
}

/** A created part with its parameters, and what frees them. */
export interface CreatedPart<TPart> {
  readonly part: TPart;
  readonly parameters: ParameterStore;
  dispose(): void;
}

/** Parameters and services of one part. */
export interface PartHome {
  readonly parameters: ParameterStore;
  readonly container: Container;
  readonly services: Readonly<Record<string, unknown>>;
  dispose(): void;
}

/** A definition's checked options. */
export const checkedOptions = (definition: AnyDefinition, { options = {} }: PartSetting): never =>
  definition.config.parse(options) as never;

/**
 * Makes the parameters and finds the services of a part. Throws ContainerError for a service that nobody provides.
 * @param source - saved values of the parameters; they start anew if left out
 */
export function homeOf(
  definition: AnyDefinition,
  { container, under }: PartSetting,
  source?: ParameterSource,
): PartHome {
  const parameters = new ParameterStore(source ? 2 : 1, source);
  const own = (container ?? inversifyContainer()).child();
  const dispose = (): void => {
    own.dispose();
    parameters.dispose();
  };
  const options = under && checkedOptions(under.definition, under);
  for (const { token, create } of under?.definition.provides ?? []) {
    const context = { path: 'fusion', parameters: parameters.scope('fusion') };
    own.bind(token, { factory: () => create(options as never, context) });
  }
  try {
    return { parameters, container: own, services: servicesOf(definition, own), dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

const servicesOf = ({ needs }: AnyDefinition, container: Container): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(needs).map(([name, token]) => [name, container.get(token)] as const));

/** The encoders that a case gives its encoder, in scopes below the encoder's own. */
function innerEncoders({ container }: PartHome, { encoders = {} }: PartSetting, context: EncoderContext): InnerOf {
  const build = (slot: string, inner: InnerSetting): Encoder => {
    const path = `${context.path}.${slot}`;
    const own = { ...context, path, parameters: context.parameters.scope(slot), assets: {}, encoders: {} };
    const services = servicesOf(inner.definition, container);
    return inner.definition.create(checkedOptions(inner.definition, inner), services as never, own as never) as Encoder;
  };
  const built = Object.entries(encoders).map(([slot, inner]) => [slot, build(slot, inner)] as const);
  return { encoders: Object.fromEntries(built) };
}

type InnerOf = InnerEncoders<EncoderSlots>;

/** Creates a part in its home; frees the home when that fails. */
export async function createIn<TPart, TKind extends PartKind>(
  home: PartHome,
  definition: AnyDefinition,
  setting: PartSetting,
  context: ContextByKind[TKind],
): Promise<CreatedPart<TPart>> {
  try {
    const options = checkedOptions(definition, setting);
    const inner = 'modality' in context ? innerEncoders(home, setting, context) : {};
    const part = (await definition.create(options, home.services as never, { ...context, ...inner } as never)) as TPart;
    return { part, parameters: home.parameters, dispose: home.dispose };
  } catch (error) {
    home.dispose();
    throw error;
  }
}

/** Something that must be refused, and a word of the message that says what was wrong. */
export interface Fault {
  readonly raw: unknown;
  /** What the message must name. */
  readonly names: string;
}
