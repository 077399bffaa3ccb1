import 'reflect-metadata';
import { container as root, type DependencyContainer } from 'tsyringe';
import type { Container } from './container.js';
import { EngineContainer, type Engine } from './engineContainer.js';

/** A container engine on tsyringe, for applications that already live in it. Pass the application's own container. */
export function tsyringeContainer(engine: DependencyContainer = root.createChildContainer()): Container {
  return new EngineContainer(adapt(engine));
}

const adapt = (engine: DependencyContainer): Engine => ({
  bind: (key, make) => {
    engine.register(key, { useFactory: make });
  },
  get: (key) => engine.resolve(key),
  has: (key) => engine.isRegistered(key, true),
  child: () => adapt(engine.createChildContainer()),
});
