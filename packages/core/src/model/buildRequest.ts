import type { Container } from '../container/container.js';
import type { Split } from '../contracts/dataset.js';
import type { ParameterSource } from '../contracts/parameters.js';
import type { Registry } from '../registry.js';
import type { ResolvedSpec } from '../spec/resolvedSpec.js';
import type { AssetsByPath } from './fitAssets.js';

/** What a model is built from beside its spec. */
export interface BuildRequest {
  readonly spec: ResolvedSpec;
  readonly registry: Registry;
  /** The model's own container, a child of the workbench's; the model disposes it. */
  readonly container: Container;
  readonly assets: AssetsByPath;
  /** Values for parameters instead of initial ones. */
  readonly source?: ParameterSource;
  /** Training split, for losses that look at label frequencies. */
  readonly training?: Split;
}
