import { ContainerError } from '../errors.js';
import type { Token } from '../token.js';
import type { Container } from './container.js';

/** What a container made and must dispose, whichever engine it runs on. */
export class OwnedServices {
  private readonly services: unknown[] = [];
  private readonly children = new Set<Container>();
  private disposed = false;

  /** Throws ContainerError after disposal. */
  requireOpen(token: Token<unknown>): void {
    if (this.disposed) throw new ContainerError(`Container: it was disposed, asked for "${token.key}". Build again.`);
  }

  keep<TService>(service: TService): TService {
    this.services.push(service);
    return service;
  }

  keepChild(child: Container): Container {
    const { dispose } = child;
    this.children.add(child);
    child.dispose = () => {
      this.children.delete(child);
      dispose.call(child);
    };
    return child;
  }

  /** Children first, then services, the last made first. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    for (const child of [...this.children]) child.dispose();
    for (const service of this.services.splice(0).reverse()) {
      if (hasDispose(service)) service.dispose();
    }
  }
}

const hasDispose = (service: unknown): service is { dispose(): void } =>
  typeof (service as { dispose?: unknown } | null)?.dispose === 'function';
