// A device, queue and buffers that compute nothing and note which programs would run on what, in which order. In the
// place of the real ones they let TensorFlow.js' kernels and ours run as they are.
import { CaptureError } from '@tessera/core';
import {
  UNIFORM_USAGE,
  type BindGroupDescriptor,
  type BufferManager,
  type CommandEncoder,
  type ComputePass,
  type Device,
  type GpuBuffer,
  type Queue,
} from './webgpuBackend.js';

/** A buffer of a recording: a place without memory. */
export class RecordedBuffer implements GpuBuffer {
  /** Of a constant, or a program's numbers. */
  bytes: ArrayBuffer | undefined;

  constructor(
    readonly size: number,
    readonly usage: number,
    public mapState: 'mapped' | 'unmapped' = 'unmapped',
  ) {}

  /** TensorFlow.js writes what the host gives here. */
  getMappedRange(): ArrayBuffer {
    return (this.bytes ??= new ArrayBuffer(this.size));
  }

  unmap(): void {
    this.mapState = 'unmapped';
  }

  /** Whether it holds a program's numbers. */
  get isUniform(): boolean {
    return this.usage === UNIFORM_USAGE;
  }
}

/** One start of a program. */
export interface Dispatch {
  readonly pipeline: object;
  readonly layout: object;
  /** By their place in the program. */
  readonly buffers: readonly GpuBuffer[];
  readonly workgroups: readonly [x: number, y: number, z: number];
}

/** Notes what it is asked to run. */
export class RecordingDevice {
  readonly dispatches: Dispatch[] = [];
  readonly device: Device;

  readonly queue: Queue = {
    writeBuffer: (buffer, offset, data) => {
      if (!(buffer instanceof RecordedBuffer) || offset !== 0 || ArrayBuffer.isView(data))
        throw unexpected('values for a buffer');
      buffer.bytes = data as ArrayBuffer;
    },
    submit: () => undefined,
  };

  /** Gives each buffer once, so that it stands for one tensor. */
  readonly bufferManager: BufferManager = {
    acquireBuffer: (size, usage, mapped = false) => new RecordedBuffer(size, usage, mapped ? 'mapped' : 'unmapped'),
    releaseBuffer: () => undefined,
  };

  constructor(real: Device) {
    this.device = {
      limits: real.limits,
      createShaderModule: (descriptor) => real.createShaderModule(descriptor),
      createBindGroupLayout: (descriptor) => real.createBindGroupLayout(descriptor),
      createPipelineLayout: (descriptor) => real.createPipelineLayout(descriptor),
      createComputePipeline: (descriptor) => real.createComputePipeline(descriptor),
      createBindGroup: (descriptor) => descriptor,
      createCommandEncoder: () => this.encoder(),
    };
  }

  private encoder(): CommandEncoder {
    return {
      beginComputePass: () => this.pass(),
      copyBufferToBuffer: () => {
        throw unexpected('a copy between buffers');
      },
      finish: () => ({}),
    };
  }

  private pass(): ComputePass {
    let pipeline: object = {};
    let group: BindGroupDescriptor = { layout: {}, entries: [] };
    return {
      setPipeline: (next) => (pipeline = next),
      setBindGroup: (_index, next) => (group = next as BindGroupDescriptor),
      dispatchWorkgroups: (x, y = 1, z = 1) => {
        const buffers = group.entries.map(({ resource }) => ('buffer' in resource ? resource.buffer : resource));
        const [written] = buffers;
        if (written instanceof RecordedBuffer && written.bytes) throw unexpected('a program that changes a constant');
        this.dispatches.push({ pipeline, layout: group.layout, buffers, workgroups: [x, y, z] });
      },
      end: () => undefined,
    };
  }
}

const unexpected = (what: string): CaptureError =>
  new CaptureError(`capture: on WebGPU a step must consist of programs that make tensors of tensors, got ${what}.`);
