import { beforeAll, describe } from 'vitest';
import { openBesideCpu } from '../../../test/kernels/compareWithCpu.js';
import { poolingCases } from '../../../test/kernels/poolingCases.js';

beforeAll(() => openBesideCpu('webgpu'));

describe('pooling on WebGPU', () => poolingCases('webgpu'));
