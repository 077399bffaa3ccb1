// The contract of backends on native TensorFlow, whose runner captures graphs.
import { openBackend } from '@tessera/backends';
import { describeBackend } from '@tessera/testing';
import { describe, it } from 'vitest';

describeBackend({ describe, it }, 'native', { open: () => openBackend({ backend: 'native' }) });
