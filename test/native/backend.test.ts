// The contract of backends on native TensorFlow, whose runner captures graphs; on a GPU where one is.
import { inspectBackends, openBackend } from '@tessera/backends';
import { describeBackend } from '@tessera/testing';
import { describe, it } from 'vitest';

const onGpu = (await inspectBackends()).some(({ name, available }) => name === 'native-gpu' && available);

for (const backend of onGpu ? (['native', 'native-gpu'] as const) : (['native'] as const)) {
  describeBackend({ describe, it }, backend, { open: () => openBackend({ backend }) });
}
