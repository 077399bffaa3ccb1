// What every runner of tensor functions keeps to, whether it runs them eagerly or captures them as graphs.
import type { FunctionRunner } from '@tessera/core';
import type { Contract } from '../contract.js';
import { ownershipRules } from './ownershipRules.js';
import { replayRules } from './replayRules.js';
import { variableRules } from './variableRules.js';

/** The contract of function runners; the subject is one over the active backend. */
export const functionRunnerContract: Contract<FunctionRunner> = [...replayRules, ...variableRules, ...ownershipRules];
