import { ContainerError } from '../errors.js';
import type { Token } from '../token.js';
import type { Container, ServiceProvider } from './container.js';

/** What a dependency-injection library has to offer to carry a {@link Container}. */
export interface Engine {
  /** Binds a key; a later binding of the same key replaces it. `make` may be called often and gives the same service. */
  bind(key: string, make: () => unknown): void;
  /** The service of a key that is bound here or above. */
  get(key: string): unknown;
  /** Whether the key is bound here or above. */
  has(key: string): boolean;
  /** An engine below this one. */
  child(): Engine;
}

/** A container on any engine: it owns what its factories make, whatever the engine does about lifetimes. */
export class EngineContainer implements Container {
  private readonly services: unknown[] = [];
  private readonly children = new Set<EngineContainer>();
  private disposed = false;

  constructor(
    private readonly engine: Engine,
    private readonly parent?: EngineContainer,
  ) {}

  bind<TService>(token: Token<TService>, provider: ServiceProvider<TService>): void {
    this.requireOpen(token);
    if ('value' in provider) {
      const { value } = provider;
      this.engine.bind(token.key, () => value);
    } else this.engine.bind(token.key, this.once(token, provider.factory));
  }

  /** Calls a factory on first use, and keeps what it made for disposal. */
  private once<TService>(token: Token<TService>, factory: (container: Container) => TService): () => TService {
    let made: { readonly service: TService } | undefined;
    let making = false;
    return () => {
      if (made) return made.service;
      if (making) throw new ContainerError(`Container: "${token.key}" needs itself. Break the circle of factories.`);
      making = true;
      try {
        made = { service: factory(this) };
      } finally {
        making = false;
      }
      this.services.push(made.service);
      return made.service;
    };
  }

  get<TService>(token: Token<TService>): TService {
    this.requireOpen(token);
    if (!this.has(token)) {
      throw new ContainerError(
        `Container: nobody provides ${token.description}, asked for as "${token.key}". Bind it first.`,
      );
    }
    return this.engine.get(token.key) as TService;
  }

  has(token: Token<unknown>): boolean {
    return this.engine.has(token.key);
  }

  child(): Container {
    const child = new EngineContainer(this.engine.child(), this);
    this.children.add(child);
    return child;
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.parent?.children.delete(this);
    for (const child of [...this.children]) child.dispose();
    for (const service of this.services.splice(0).reverse()) {
      if (hasDispose(service)) service.dispose();
    }
  }

  private requireOpen(token: Token<unknown>): void {
    if (this.disposed) throw new ContainerError(`Container: it was disposed, asked for "${token.key}". Build again.`);
  }
}

const hasDispose = (service: unknown): service is { dispose(): void } =>
  typeof (service as { dispose?: unknown } | null | undefined)?.dispose === 'function';
