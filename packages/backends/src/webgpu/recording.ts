// A recorded step on the device: its buffers, and its programs bound to them. Replaying it costs three calls for each program.
import type { TracedStep } from './stepTrace.js';
import { RecordedBuffer } from './recordingDevice.js';
import type { BufferPool, PooledBuffer } from './bufferPool.js';
import { shareBuffers, type SharedPlan } from './shareBuffers.js';
import {
  STORAGE_USAGE,
  UNIFORM_USAGE,
  type BindGroupEntry,
  type GpuBuffer,
  type WebgpuBackend,
} from './webgpuBackend.js';

interface Start {
  readonly pipeline: object;
  readonly bindGroup: object;
  readonly workgroups: readonly [x: number, y: number, z: number];
}

/** Programs that are submitted together: the device begins with them while the next ones are encoded. */
const STARTS_IN_SUBMISSION = 128;

/** One recorded step. */
export class Recording {
  private readonly plan: SharedPlan;
  private readonly temporary: readonly RecordedBuffer[];
  private readonly own: GpuBuffer[] = [];
  private readonly places = new Map<GpuBuffer, GpuBuffer>();
  private readonly uniforms: PackedUniforms;
  private readonly numbers: GpuBuffer;
  private shared: readonly PooledBuffer[] = [];
  private starts: readonly Start[] = [];
  private disposed = false;

  constructor(
    private readonly backend: WebgpuBackend,
    private readonly pool: BufferPool,
    private readonly step: TracedStep,
  ) {
    const lives = lifetimes(step);
    this.temporary = [...lives.keys()];
    this.plan = shareBuffers([...lives].map(([{ size }, life]) => ({ bytes: size, ...life })));
    pool.join();
    this.placeConstants();
    const { minUniformBufferOffsetAlignment } = backend.device.limits;
    const used = step.dispatches.flatMap(({ buffers }) => buffers.filter((buffer) => buffer instanceof RecordedBuffer));
    this.uniforms = packUniforms(
      used.filter(({ isUniform }) => isUniform),
      minUniformBufferOffsetAlignment,
    );
    this.numbers = this.make(this.uniforms.bytes, UNIFORM_USAGE);
  }

  /** Sees to it that it has memory, also where a larger recording took some of it. Comes before each replay. */
  prepare(): void {
    if (this.starts.length > 0 && this.shared.every(({ retired }) => !retired)) return;
    this.shared = this.pool.take(this.plan.buffers);
    for (const [i, tensor] of this.temporary.entries()) {
      this.places.set(tensor, (this.shared[this.plan.places[i] as number] as PooledBuffer).buffer);
    }
    this.starts = this.bind();
  }

  /** The device's buffer that stands for one of the trace. */
  bufferOf(buffer: GpuBuffer): GpuBuffer {
    return this.places.get(buffer) ?? buffer;
  }

  private placeConstants(): void {
    const { dispatches, outputs, assigned } = this.step;
    const used = [...dispatches.flatMap(({ buffers }) => buffers), ...outputs.map(({ buffer }) => buffer)];
    for (const buffer of [...used, ...assigned.map(({ from }) => from)]) {
      if (!(buffer instanceof RecordedBuffer) || !buffer.bytes || buffer.isUniform || this.places.has(buffer)) continue;
      this.places.set(buffer, this.make(buffer.bytes, STORAGE_USAGE));
    }
  }

  private make(bytes: ArrayBuffer, usage: number): GpuBuffer {
    const buffer = this.backend.bufferManager.acquireBuffer(bytes.byteLength, usage, false, false);
    this.backend.queue.writeBuffer(buffer, 0, bytes);
    this.own.push(buffer);
    return buffer;
  }

  private bind(): Start[] {
    const { uniforms, numbers } = this;
    const { device } = this.backend;
    return this.step.dispatches.map(({ pipeline, layout, buffers, workgroups }) => {
      const entries = buffers.map((buffer, binding): BindGroupEntry => {
        const offset = uniforms.offsets.get(buffer);
        const resource = { buffer: offset === undefined ? this.bufferOf(buffer) : numbers, size: buffer.size };
        return { binding, resource: { ...resource, offset: offset ?? 0 } };
      });
      return { pipeline, bindGroup: device.createBindGroup({ layout, entries }), workgroups };
    });
  }

  /** Puts the programs on the queue. */
  replay(): void {
    const { device, queue } = this.backend;
    for (let first = 0; first < this.starts.length; first += STARTS_IN_SUBMISSION) {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      let last: object | undefined;
      for (const { pipeline, bindGroup, workgroups } of this.starts.slice(first, first + STARTS_IN_SUBMISSION)) {
        if (pipeline !== last) pass.setPipeline(pipeline);
        last = pipeline;
        pass.setBindGroup(0, bindGroup);
        pass.dispatchWorkgroups(...workgroups);
      }
      pass.end();
      queue.submit([encoder.finish()]);
    }
  }

  /** Frees its memory. Safe to call twice. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    for (const buffer of this.own) this.backend.bufferManager.releaseBuffer(buffer, false);
    this.pool.leave();
  }
}

interface Life {
  readonly from: number;
  readonly to: number;
}

/** What needs memory while the step runs, feeds and outputs among it: from which program on, up to which. */
function lifetimes({ dispatches, feeds, outputs, assigned }: TracedStep): ReadonlyMap<RecordedBuffer, Life> {
  const lives = new Map<RecordedBuffer, Life>();
  const touch = (buffer: GpuBuffer | null, at: number): void => {
    if (!(buffer instanceof RecordedBuffer) || buffer.bytes) return;
    lives.set(buffer, { from: lives.get(buffer)?.from ?? at, to: at });
  };
  for (const feed of feeds) touch(feed, -1);
  for (const [at, { buffers }] of dispatches.entries()) for (const buffer of buffers) touch(buffer, at);
  for (const { buffer } of outputs) touch(buffer, dispatches.length);
  for (const { from } of assigned) touch(from, dispatches.length);
  return lives;
}

interface PackedUniforms {
  readonly bytes: ArrayBuffer;
  readonly offsets: ReadonlyMap<GpuBuffer, number>;
}

/** All programs' numbers in one buffer, equal ones once. */
function packUniforms(uniforms: readonly RecordedBuffer[], alignment: number): PackedUniforms {
  const places = new Map<string, number>();
  const contents: Uint8Array[] = [];
  const offsets = new Map<GpuBuffer, number>();
  let end = 0;
  for (const uniform of uniforms) {
    const bytes = new Uint8Array(uniform.getMappedRange());
    const key = bytes.join();
    let place = places.get(key);
    if (place === undefined) {
      place = end;
      places.set(key, place);
      contents.push(bytes);
      end += Math.ceil(bytes.length / alignment) * alignment;
    }
    offsets.set(uniform, place);
  }
  const packed = new Uint8Array(Math.max(end, alignment));
  const distinct = [...places.values()];
  contents.forEach((bytes, i) => packed.set(bytes, distinct[i]));
  return { bytes: packed.buffer, offsets };
}
