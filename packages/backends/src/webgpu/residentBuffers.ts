// Buffers of variables that recorded steps write where they lie. TensorFlow.js takes a tensor's data for unchanging: it shares
// them among tensors and keeps values that were read. Here both are put right.
import { engine, type DataId, type Variable } from '@tensorflow/tfjs-core';
import { flush, type GpuBuffer, type WebgpuBackend } from './webgpuBackend.js';

/** The variables' buffers of one backend. */
export class ResidentBuffers {
  private readonly buffers = new WeakSet<GpuBuffer>();

  constructor(private readonly backend: WebgpuBackend) {
    const cache = backend.convertAndCacheOnCPU.bind(backend);
    backend.convertAndCacheOnCPU = (dataId, values) => {
      if (!backend.tensorMap.has(dataId)) return values; // freed while it was read
      const { resource } = backend.tensorMap.get(dataId);
      return resource && this.buffers.has(resource) ? values : cache(dataId, values);
    };
  }

  /** A variable's buffer is about to be written: forgets values that were read, and gives tensors that share it a copy. */
  beforeWrite(variable: Variable): void {
    const { backend } = this;
    const data = backend.tensorMap.get(variable.dataId);
    data.values = null;
    const buffer = data.resource as GpuBuffer;
    this.buffers.add(buffer);
    if (data.refCount === 1) return;
    data.resource = this.copyOf(buffer);
    const own: DataId = backend.write(null, variable.shape, data.dtype);
    backend.tensorMap.get(own).resource = buffer;
    backend.tensorMap.get(own).refCount = 0; // the variable, which comes next, makes it one
    engine().disposeTensor(variable);
    variable.dataId = own;
    engine().incRef(variable, backend as never);
  }

  private copyOf(buffer: GpuBuffer): GpuBuffer {
    const { backend } = this;
    const copy = backend.bufferManager.acquireBuffer(buffer.size, buffer.usage);
    backend.ensureCommandEncoderReady();
    backend.endComputePassEncoder();
    backend.commandEncoder?.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
    flush(backend);
    return copy;
  }
}
