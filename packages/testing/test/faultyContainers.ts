// Containers that are wrong in one way each.
import { ContainerError, inversifyContainer, type Container, type ServiceProvider, type Token } from '@tessera/core';

/** What differs from a sound container: `sound` does the work, `self` is what callers hold. */
export type Change = (sound: Container, self: () => Container) => Partial<Container>;

/** A sound container with something changed, in its children too. */
export function containerWith(change: Change, sound: Container = inversifyContainer()): Container {
  const container: Container = {
    bind: (token, provider) => sound.bind(token, provider),
    get: (token) => sound.get(token),
    has: (token) => sound.has(token),
    child: () => containerWith(change, sound.child()),
    dispose: () => sound.dispose(),
    ...change(sound, () => container),
  };
  return container;
}

type Provider = ServiceProvider<unknown>;
type Factory = Extract<Provider, { factory: unknown }>['factory'];

/** Binds something else than it is told to. */
const binding =
  (change: (provider: Provider, sound: Container, token: Token<unknown>) => Provider | undefined): Change =>
  (sound) => ({
    bind: (token, provider) => {
      const changed = change(provider, sound, token);
      if (changed) sound.bind<unknown>(token, changed);
    },
  });

const changingFactories = (change: (factory: Factory, sound: Container) => Provider): Change =>
  binding((provider, sound) => ('factory' in provider ? change(provider.factory, sound) : provider));

/** Calls factories when they are bound. */
export const eager = changingFactories((factory, sound) => ({ value: factory(sound) }));

/** Throws again what a factory threw once. */
export const rememberingErrors = changingFactories((factory) => {
  let failure: { readonly error: unknown } | undefined;
  return {
    factory: (own) => {
      if (failure) throw failure.error;
      try {
        return factory(own);
      } catch (error) {
        failure = { error };
        throw error;
      }
    },
  };
});

/** Keeps the first binding. */
export const keepingFirst = binding((provider, sound, token) => (sound.has(token) ? undefined : provider));

/** Takes values for its own, and frees them. */
export const owningValues = binding((provider) => ('value' in provider ? { factory: () => provider.value } : provider));

/** Tells services by the token itself. */
export const ofTokenObjects: Change = (sound) => {
  const bound = new Set<unknown>();
  return {
    bind: (token, provider) => {
      bound.add(token);
      sound.bind(token, provider);
    },
    get: (token) => {
      if (!bound.has(token)) throw new ContainerError(`Container: nobody provides ${token.description}.`);
      return sound.get(token);
    },
  };
};

/** Calls factories at each request, with what `given` says. */
const calling = (given: (own: Container, asked: Container) => Container): Change => {
  const factories = new Map<string, () => (asked: Container) => unknown>();
  return (sound, self) => ({
    bind: (token, provider) => {
      if (!('factory' in provider)) return sound.bind(token, provider);
      factories.set(token.key, () => (asked) => provider.factory(given(self(), asked)));
    },
    get: (token) => (factories.get(token.key)?.()(self()) ?? sound.get(token)) as never,
  });
};

/** Hands factories the container that was asked. */
export const handingTheAsked = (): Change => calling((_own, asked) => asked);

/** Makes a service for each request. */
export const makingAnew = (): Change => calling((own) => own);

/** Has one child for all. */
export const withOneChild = (): Change => {
  const children = new Map<Container, Container>();
  return (sound) => ({
    child: () => {
      const known = children.get(sound) ?? sound.child();
      children.set(sound, known);
      return known;
    },
  });
};

/** Frees what factories made, and goes on. */
export const neverClosed: Change = (sound) => {
  const made: { dispose?: () => void }[] = [];
  return {
    bind: (token, provider) => {
      if (!('factory' in provider)) return sound.bind(token, provider);
      sound.bind(token, {
        factory: (own) => {
          const service = provider.factory(own);
          made.push(service as { dispose?: () => void });
          return service;
        },
      });
    },
    dispose: () => {
      for (const service of made.splice(0)) service.dispose?.();
    },
  };
};
