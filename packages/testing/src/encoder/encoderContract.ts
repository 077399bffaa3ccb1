// Shapes: B batch, N tokens of one block, E encoder width.
import type { Contract } from '../contract.js';
import { encodingRules } from './encodingRules.js';
import type { EncoderSubject } from './encoderSubject.js';
import { preparationRules } from './preparationRules.js';

/** What every encoder keeps to. */
export const encoderContract: Contract<EncoderSubject> = [...preparationRules, ...encodingRules];
