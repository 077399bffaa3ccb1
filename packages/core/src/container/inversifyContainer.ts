import 'reflect-metadata';
import { Container as InversifyEngine, type ContainerOptions } from 'inversify';
import type { Container } from './container.js';
import { EngineContainer, type Engine } from './engineContainer.js';

/**
 * What is used of an inversify container. Its own type cannot stand in a public signature: inversify has declarations for
 * ES modules only, so that a CommonJS project would silently get `any`.
 */
export interface InversifyLike {
  /** Binds a factory, made anew at every request. */
  bind<T>(key: string): { toDynamicValue(make: () => T): { inTransientScope(): unknown } };
  unbind(key: string): unknown;
  get<T>(key: string): T;
  isBound(key: string): boolean;
  isCurrentBound(key: string): boolean;
}

/** The default container engine, on inversify. Pass an inversify container of your own to live inside it. */
export function inversifyContainer(engine: InversifyLike = new InversifyEngine()): Container {
  return new EngineContainer(adapt(engine));
}

const adapt = (engine: InversifyLike): Engine => ({
  bind: (key, make) => {
    if (engine.isCurrentBound(key)) engine.unbind(key);
    engine.bind(key).toDynamicValue(make).inTransientScope();
  },
  get: (key) => engine.get(key),
  has: (key) => engine.isBound(key),
  child: () => adapt(new InversifyEngine({ parent: engine } as ContainerOptions)),
});
