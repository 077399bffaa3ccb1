// Every way of running tensor functions keeps to one contract.
import { openBackend } from '@tessera/backends';
import { eagerRunner } from '@tessera/core';
import { describeContract, functionRunnerContract, ReplayRunner } from '@tessera/testing';
import { beforeAll, describe, it } from 'vitest';

beforeAll(() => openBackend({ backend: process.env['TESSERA_BACKEND'] === 'cpu' ? 'cpu' : 'wasm' }));

describeContract({ describe, it }, 'eagerRunner', functionRunnerContract, () => eagerRunner);
describeContract({ describe, it }, 'ReplayRunner', functionRunnerContract, () => new ReplayRunner({ mode: 'replay' }));
