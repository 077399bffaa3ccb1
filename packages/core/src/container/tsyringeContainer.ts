import 'reflect-metadata';
import { container as root, type DependencyContainer } from 'tsyringe';
import { ContainerError } from '../errors.js';
import type { Token } from '../token.js';
import type { Container, ServiceProvider } from './container.js';
import { OwnedServices } from './ownedServices.js';

/** A container engine on tsyringe, for applications that already live in it. Pass the application's own container. */
export function tsyringeContainer(engine: DependencyContainer = root.createChildContainer()): Container {
  return new TsyringeContainer(engine);
}

class TsyringeContainer implements Container {
  private readonly owned = new OwnedServices();

  constructor(private readonly engine: DependencyContainer) {}

  bind<TService>(token: Token<TService>, provider: ServiceProvider<TService>): void {
    this.owned.requireOpen(token);
    if ('value' in provider) {
      const { value } = provider;
      this.engine.register(token.key, { useFactory: () => value });
      return;
    }
    let made: { service: TService } | undefined;
    this.engine.register(token.key, {
      useFactory: () => (made ??= { service: this.owned.keep(provider.factory(this)) }).service,
    });
  }

  get<TService>(token: Token<TService>): TService {
    this.owned.requireOpen(token);
    if (!this.has(token)) {
      throw new ContainerError(
        `Container: nobody provides ${token.description}, asked for as "${token.key}". Bind it first.`,
      );
    }
    return this.engine.resolve<TService>(token.key);
  }

  has(token: Token<unknown>): boolean {
    return this.engine.isRegistered(token.key, true);
  }

  child(): Container {
    return this.owned.keepChild(new TsyringeContainer(this.engine.createChildContainer()));
  }

  dispose(): void {
    this.owned.dispose();
  }
}
