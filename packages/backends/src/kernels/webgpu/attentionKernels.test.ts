import { beforeAll, describe } from 'vitest';
import { attentionCases } from '../../../test/kernels/attentionCases.js';
import { openBesideCpu } from '../../../test/kernels/compareWithCpu.js';

beforeAll(() => openBesideCpu('webgpu'));

describe('attention on WebGPU', { timeout: 300_000 }, () => attentionCases('webgpu'));
