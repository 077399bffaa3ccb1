// One function of tensors as a recorded step: traced once, replayed many times.
import { engine, type Tensor, type TypedArray } from '@tensorflow/tfjs-core';
import type { FunctionResult } from '@tessera/core';
import type { Captured, CaptureRequest } from '../capturingRunner.js';
import { traceBody, type TracedBody } from '../traceBody.js';
import { BufferPool } from './bufferPool.js';
import { Recording } from './recording.js';
import { ResidentBuffers } from './residentBuffers.js';
import { StepTrace, type RecordedOutput, type TracedStep } from './stepTrace.js';
import { flush, STORAGE_USAGE, type GpuBuffer, type TensorData, type WebgpuBackend } from './webgpuBackend.js';

/** What recordings of one backend share. */
export interface RecordingPlace {
  readonly backend: WebgpuBackend;
  readonly pool: BufferPool;
  readonly residents: ResidentBuffers;
}

/** Makes it; once for a backend. */
export const recordingPlace = (backend: WebgpuBackend): RecordingPlace => ({
  backend,
  pool: new BufferPool(backend),
  residents: new ResidentBuffers(backend),
});

/** A recorded function: shapes are those of the inputs it was traced with. */
export class RecordedFunction<I, O, Info> implements Captured<O, Info> {
  private readonly traced: Omit<TracedStep & TracedBody<O, Info>, 'dispatches'>;
  private readonly recording: Recording;

  /**
   * Traces the function; nothing is computed.
   * @throws CaptureError when it reads values
   */
  constructor(
    private readonly place: RecordingPlace,
    { inputs, body }: CaptureRequest<I, O, Info>,
  ) {
    const { backend, pool } = place;
    const { dispatches, ...traced } = StepTrace.run(backend, (trace) => traceBody(trace, { inputs, body }));
    this.traced = traced;
    this.recording = new Recording(backend, pool, { dispatches, ...traced });
  }

  /** Whether all that it uses is where it was: eager code may have assigned a variable or disposed a constant. */
  get usable(): boolean {
    const { tensorMap } = this.place.backend;
    return this.traced.outside.every(({ dataId, buffer, variable }) => {
      if (variable?.isDisposed) return false;
      const now = variable?.dataId ?? dataId;
      return tensorMap.has(now) && tensorMap.get(now).resource === buffer;
    });
  }

  /** Puts it on the queue; the outputs belong to the caller. */
  call(inputs: readonly Tensor[]): Promise<FunctionResult<O, Info>> {
    const { backend, residents } = this.place;
    const { feeds, outside, updated, assigned, rebuild, info } = this.traced;
    flush(backend);
    this.recording.prepare();
    for (const [i, feed] of feeds.entries()) if (feed) this.feed(inputs[i] as Tensor, feed);
    const written = new Set([...updated, ...assigned.map(({ to }) => to)]);
    for (const { variable, buffer } of outside) if (variable && written.has(buffer)) residents.beforeWrite(variable);
    flush(backend);
    this.recording.replay();
    const outputs = this.traced.outputs.map((output) => this.copyOf(output));
    for (const { from, to } of assigned) this.copy(this.recording.bufferOf(from), to);
    flush(backend);
    return Promise.resolve({ outputs: rebuild(outputs), info });
  }

  /** Gives an input's values; those that the host has go straight to their place. */
  private feed({ dataId }: Tensor, feed: GpuBuffer): void {
    const { backend } = this.place;
    const data = backend.tensorMap.get(dataId);
    const to = this.recording.bufferOf(feed);
    if (data.resource) this.copy(data.resource, to);
    else backend.queue.writeBuffer(to, 0, elementsOf(data));
  }

  private copyOf({ buffer, shape, dtype, storedAs }: RecordedOutput): Tensor {
    const { backend } = this.place;
    const dataId = backend.write(null, shape, storedAs);
    const to = backend.bufferManager.acquireBuffer(buffer.size, STORAGE_USAGE);
    backend.tensorMap.get(dataId).resource = to;
    this.copy(this.recording.bufferOf(buffer), to, buffer.size);
    return engine().makeTensorFromTensorInfo({ dataId, shape: [...shape], dtype }, backend as never);
  }

  private copy(from: GpuBuffer, to: GpuBuffer, size = Math.min(from.size, to.size)): void {
    const { backend } = this.place;
    backend.ensureCommandEncoderReady();
    backend.endComputePassEncoder();
    backend.commandEncoder?.copyBufferToBuffer(from, 0, to, 0, size);
  }

  dispose(): void {
    this.recording.dispose();
  }
}

/** Values as the device keeps them. */
function elementsOf({ values, dtype }: TensorData): TypedArray {
  const given = values ?? [];
  if (dtype === 'float32') return given instanceof Float32Array ? given : Float32Array.from(given);
  return given instanceof Int32Array ? given : Int32Array.from(given);
}
