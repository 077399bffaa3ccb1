import { beforeAll, describe } from 'vitest';
import { attentionCases } from '../../../test/kernels/attentionCases.js';
import { openBesideCpu } from '../../../test/kernels/compareWithCpu.js';

beforeAll(() => openBesideCpu('wasm'));

describe('attention', () => attentionCases('wasm'));
