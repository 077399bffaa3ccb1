import { describe, expect, it } from 'vitest';
import { cudaPlace, extraRequirements } from './cudaWheels.js';

describe('requirements of an extra', () => {
  it('are read in the forms that TensorFlow has used', () => {
    const metadata = [
      'Metadata-Version: 2.1',
      'Requires-Dist: numpy>=1.26.0',
      'Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"',
      "Requires-Dist: nvidia_cudnn_cu12 (==9.3.0.75) ; extra == 'and-cuda'",
      'Requires-Dist: tensorflow-io-gcs-filesystem>=0.23; python_version < "3.12" and extra == "gcs-filesystem"',
      '',
      'Requires-Dist: nvidia-not-a-header-cu12; extra == "and-cuda-not"',
    ].join('\n');
    expect(extraRequirements(metadata, 'and-cuda')).toEqual([
      { project: 'nvidia-cublas-cu12', range: '<13.0,>=12.5.3.2' },
      { project: 'nvidia-cudnn-cu12', range: '==9.3.0.75' },
    ]);
  });
});

describe("files of NVIDIA's wheels", () => {
  it('are libraries and what compiles kernels', () => {
    const kept = [
      'nvidia/cudnn/lib/libcudnn.so.9',
      'nvidia/cuda_nvcc/bin/ptxas',
      'nvidia/cuda_nvcc/nvvm/libdevice/x.bc',
    ];
    const left = [
      'nvidia/cudnn/include/cudnn.h',
      'nvidia/cudnn/lib/__init__.py',
      'nvidia/__init__.py',
      'nvidia_cudnn_cu12-9.1.dist-info/METADATA',
      'elsewhere/lib/libx.so',
    ];
    expect(kept.map(cudaPlace)).toEqual(kept);
    expect(left.map(cudaPlace)).toEqual(left.map(() => undefined));
  });
});
