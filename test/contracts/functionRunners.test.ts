// The runner that tests capture with keeps to the contract; those of backends are in backends.test.ts.
import { openBackend } from '@tessera/backends';
import { describeContract, functionRunnerContract, ReplayRunner } from '@tessera/testing';
import { beforeAll, describe, it } from 'vitest';

beforeAll(() => openBackend({ backend: process.env['TESSERA_BACKEND'] === 'cpu' ? 'cpu' : 'wasm' }));

describeContract({ describe, it }, 'ReplayRunner', functionRunnerContract, () => new ReplayRunner({ mode: 'replay' }));
