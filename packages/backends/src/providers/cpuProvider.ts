import { backend, setBackend } from '@tensorflow/tfjs-core';
import { registerCpuKernels } from '../kernels/cpu/registerCpuKernels.js';
import type { BackendProvider } from '../provider.js';

/** Plain JavaScript: always there, slow, and what the other backends' kernels are checked against. */
export const cpuProvider: BackendProvider = {
  name: 'cpu',
  title: 'plain JavaScript',
  inspect: () => Promise.resolve({ available: true, detail: 'always available, slow' }),
  open: async () => {
    await import('@tensorflow/tfjs-backend-cpu');
    await setBackend('cpu');
    // Otherwise its first tensor prints a banner that advertises another package.
    (backend() as { firstUse?: boolean }).firstUse = false;
    registerCpuKernels();
    return 'plain JavaScript';
  },
};
