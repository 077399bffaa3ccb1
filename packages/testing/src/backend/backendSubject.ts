import { eagerRunner, type FunctionRunner } from '@tessera/core';
import { ContractError } from '../expectations.js';

/** How a TensorFlow.js backend is opened. */
export interface BackendCase {
  /** Makes it the active one, such as `() => setBackend('mine')`. */
  open(): Promise<OpenAnswer>;
}

/** Whether that worked, as setBackend says, or what was opened, with what captures functions on it. */
export type OpenAnswer = boolean | { readonly runner?: FunctionRunner };

/** The active backend. */
export interface BackendSubject {
  /** What runs functions on it; the eager one where the backend brings none. */
  readonly runner: FunctionRunner;
}

/** Opens a backend. Throws ContractError when it cannot be opened. */
export async function backendSubject({ open }: BackendCase): Promise<BackendSubject> {
  const opened = await open();
  if (opened === false) {
    throw new ContractError(
      'open: the backend must become the active one, got false. Register it under this name, and await what its module needs.',
    );
  }
  return { runner: (opened === true ? undefined : opened.runner) ?? eagerRunner };
}
