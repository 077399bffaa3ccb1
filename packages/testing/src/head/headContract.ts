// Shapes: B batch, C outputs.
import type { Contract } from '../contract.js';
import type { HeadSubject } from './headSubject.js';
import { logitRules } from './logitRules.js';
import { targetRules } from './targetRules.js';

/** What every head keeps to. */
export const headContract: Contract<HeadSubject> = [...targetRules, ...logitRules];
