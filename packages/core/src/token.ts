declare const provided: unique symbol;

/**
 * Names a service in the container. Two tokens with the same key are the same token, also when this package was loaded
 * twice (as an ES module and as CommonJS).
 */
export interface Token<TService> {
  /** Unique name, `owner.Service`. */
  readonly key: string;
  /** What the service is, for messages: "the word table of a joint transformer". */
  readonly description: string;
  readonly [provided]?: TService;
}

/** Creates a token for a service of type TService. */
export function token<TService>(key: string, description: string): Token<TService> {
  return { key, description };
}

/** Names for services that a part asks for. */
export type Needs = Readonly<Record<string, Token<unknown>>>;

/** The services a part gets for its needs. */
export type Services<TNeeds extends Needs> = {
  readonly [K in keyof TNeeds]: TNeeds[K] extends Token<infer TService> ? TService : never;
};
