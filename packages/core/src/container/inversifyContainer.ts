import 'reflect-metadata';
import { Container as InversifyEngine } from 'inversify';
import type { Container } from './container.js';
import { EngineContainer, type Engine } from './engineContainer.js';

/** The default container engine, on inversify. Pass an inversify container of your own to live inside it. */
export function inversifyContainer(engine: InversifyEngine = new InversifyEngine()): Container {
  return new EngineContainer(adapt(engine));
}

const adapt = (engine: InversifyEngine): Engine => ({
  bind: (key, make) => {
    if (engine.isCurrentBound(key)) engine.unbind(key);
    engine.bind(key).toDynamicValue(make).inTransientScope();
  },
  get: (key) => engine.get(key),
  has: (key) => engine.isBound(key),
  child: () => adapt(new InversifyEngine({ parent: engine })),
});
