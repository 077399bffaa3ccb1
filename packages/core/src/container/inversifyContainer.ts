import 'reflect-metadata';
import { Container as InversifyEngine } from 'inversify';
import type { Token } from '../token.js';
import type { Container, ServiceProvider } from './container.js';
import { OwnedServices } from './ownedServices.js';
import { ContainerError } from '../errors.js';

/** The default container engine, on inversify. Pass an inversify container of your own to live inside it. */
export function inversifyContainer(engine: InversifyEngine = new InversifyEngine()): Container {
  return new InversifyContainer(engine);
}

class InversifyContainer implements Container {
  private readonly owned = new OwnedServices();

  constructor(private readonly engine: InversifyEngine) {}

  bind<TService>(token: Token<TService>, provider: ServiceProvider<TService>): void {
    this.owned.requireOpen(token);
    if (this.engine.isCurrentBound(token.key)) void this.engine.unbind(token.key);
    if ('value' in provider) this.engine.bind(token.key).toConstantValue(provider.value);
    else {
      this.engine
        .bind(token.key)
        .toDynamicValue(() => this.owned.keep(provider.factory(this)))
        .inSingletonScope();
    }
  }

  get<TService>(token: Token<TService>): TService {
    this.owned.requireOpen(token);
    if (!this.has(token)) {
      throw new ContainerError(
        `Container: nobody provides ${token.description}, asked for as "${token.key}". Bind it first.`,
      );
    }
    return this.engine.get<TService>(token.key);
  }

  has(token: Token<unknown>): boolean {
    return this.engine.isBound(token.key);
  }

  child(): Container {
    return this.owned.keepChild(new InversifyContainer(new InversifyEngine({ parent: this.engine })));
  }

  dispose(): void {
    this.owned.dispose();
  }
}
