import type { Token } from '../token.js';

/** How a service comes to be. */
export type ServiceProvider<TService> =
  | { readonly value: TService }
  /** Called once, on first use; the container then owns the service and disposes it when it has `dispose()`. */
  | { readonly factory: (container: Container) => TService };

/**
 * Token → service. A child sees its parent's services and may replace them for itself. The workbench holds one
 * container (backend, logger, caches), each model a child of it (parameters, what the fusion provides).
 */
export interface Container {
  /** Binds a service; a second binding of the same token replaces the first. */
  bind<TService>(token: Token<TService>, provider: ServiceProvider<TService>): void;
  /** The service. Throws ContainerError when nobody bound it here or in a parent. */
  get<TService>(token: Token<TService>): TService;
  /** Whether the service is bound here or in a parent. */
  has(token: Token<unknown>): boolean;
  /** A container below this one. */
  child(): Container;
  /** Disposes children, then the services that factories of this container made. Safe to call twice. */
  dispose(): void;
}
