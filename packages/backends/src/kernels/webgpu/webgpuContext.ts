// Runs programs of ours inside TensorFlow.js' WebGPU backend: on its tensors, in its command encoder and order, with its
// buffers, so that both kinds of programs mix freely. It has one way in for programs with a single output; the members
// used here are the ones that way in uses (4.22, the version this package asks for).
import { util, type DataType, type TensorInfo, type TypedArray } from '@tensorflow/tfjs-core';
import { UNIFORM_USAGE, type CommandEncoder, type GpuBuffer, type WebgpuBackend } from '../../webgpu/webgpuBackend.js';
import { shaderOf, type WgslProgram, type WgslType } from './wgslProgram.js';

interface Pipeline {
  readonly pipeline: object;
  readonly layout: object;
}

/** What a program runs on. */
export interface Launch {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** By name, as the program declares them. */
  readonly uniforms: Readonly<Record<string, number>>;
  /** Workgroups that are needed. */
  readonly workgroups: number;
}

/** GPUShaderStage.COMPUTE */
const COMPUTE = 4;

/** A step under record. */
interface Trace {
  inPlace(targets: readonly TensorInfo[]): TensorInfo[] | undefined;
}

/** Dispatches that are recorded before they are submitted, as in TensorFlow.js. */
const DISPATCHES_IN_PASS = 15;

const contexts = new WeakMap<object, WebgpuContext>();

/** Makes tensors on the device and starts programs. */
export class WebgpuContext {
  /** The step under record, while there is one. */
  trace: Trace | undefined;
  private readonly pipelines = new Map<string, Pipeline>();

  private constructor(private readonly backend: WebgpuBackend) {}

  /** The context of a backend. */
  static of(backend: object): WebgpuContext {
    let context = contexts.get(backend);
    if (!context) {
      context = new WebgpuContext(backend as WebgpuBackend);
      contexts.set(backend, context);
    }
    return context;
  }

  /** Whether a backend has the members that are used here. */
  static fits(backend: object): boolean {
    const names = ['device', 'queue', 'tensorMap', 'bufferManager', 'commandQueueOwnedIds', 'uniformPendingDisposal'];
    const methods = ['uploadToGPU', 'ensureCommandEncoderReady', 'endComputePassEncoder', 'submitQueue'];
    const found = backend as Readonly<Record<string, unknown>>;
    return (
      names.every((name) => typeof found[name] === 'object') &&
      methods.every((name) => typeof found[name] === 'function')
    );
  }

  /** A tensor of a kernel's own. */
  output(shape: readonly number[], dtype: DataType = 'float32'): TensorInfo {
    return this.backend.makeTensorInfo([...shape], dtype);
  }

  /** A tensor of values that the host gives; they are sent when a program reads them. */
  fromHost(shape: readonly number[], values: Float32Array): TensorInfo {
    return this.backend.makeTensorInfo([...shape], 'float32', values);
  }

  /**
   * Tensors for the new values of variables that a program may write where they lie, which only a recorded step allows:
   * what it read before is never read again.
   */
  inPlace(targets: readonly TensorInfo[]): TensorInfo[] | undefined {
    return this.trace?.inPlace(targets);
  }

  /** Gives a tensor back that only served in between; its buffer is kept until the programs that use it have run. */
  release(...tensors: readonly TensorInfo[]): void {
    for (const { dataId } of tensors) this.backend.disposeData(dataId);
  }

  /** The element type of a tensor's buffer; bools are kept as integers. */
  typeOf({ dataId }: TensorInfo): WgslType {
    return this.backend.tensorMap.get(dataId).dtype === 'float32' ? 'f32' : 'i32';
  }

  /** The values of a tensor that has not been sent to the device; undefined for others. */
  hostValues({ dataId }: TensorInfo): TypedArray | undefined {
    return this.backend.tensorMap.get(dataId).values ?? undefined;
  }

  /** Records a program; its outputs are written when the queue is submitted. */
  run(program: WgslProgram, { inputs, outputs, uniforms, workgroups }: Launch): void {
    const { backend } = this;
    if (outputs.some(({ shape }) => util.sizeFromShape(shape) === 0)) {
      for (const { dataId } of outputs) backend.tensorMap.get(dataId).values = new Float32Array(0);
      return;
    }
    const tensors = [...outputs, ...inputs];
    for (const { dataId } of tensors) {
      backend.uploadToGPU(dataId);
      backend.commandQueueOwnedIds.add(dataId);
    }
    const buffers = [
      ...tensors.map(({ dataId }) => backend.tensorMap.get(dataId).resource as GpuBuffer),
      this.pack(program, uniforms),
    ];
    const { pipeline, layout } = this.pipelineOf(program);
    const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
    this.dispatch(pipeline, backend.device.createBindGroup({ layout, entries }), workgroups);
  }

  private dispatch(pipeline: object, bindGroup: object, workgroups: number): void {
    const { backend } = this;
    backend.ensureCommandEncoderReady();
    const pass = (backend.computePassEncoder ??= (backend.commandEncoder as CommandEncoder).beginComputePass());
    const x = Math.min(workgroups, backend.device.limits.maxComputeWorkgroupsPerDimension);
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(x, Math.ceil(workgroups / x));
    backend.dispatchCountInPass += 1;
    if (backend.dispatchCountInPass < DISPATCHES_IN_PASS) return;
    backend.endComputePassEncoder();
    backend.submitQueue();
  }

  /** The uniforms' buffer, four bytes each. */
  private pack({ name, uniforms }: WgslProgram, values: Readonly<Record<string, number>>): GpuBuffer {
    const bytes = new DataView(new ArrayBuffer(Math.ceil((4 * Object.keys(uniforms).length) / 16) * 16));
    for (const [i, [field, type]] of Object.entries(uniforms).entries()) {
      const value = values[field];
      if (value === undefined) throw new Error(`webgpu kernels: ${name} needs the number ${field}.`);
      if (type === 'f32') bytes.setFloat32(4 * i, value, true);
      else bytes.setInt32(4 * i, value, true);
    }
    const buffer = this.backend.bufferManager.acquireBuffer(bytes.byteLength, UNIFORM_USAGE);
    this.backend.queue.writeBuffer(buffer, 0, bytes.buffer);
    this.backend.uniformPendingDisposal.push(buffer);
    return buffer;
  }

  private pipelineOf(program: WgslProgram): Pipeline {
    const kept = this.pipelines.get(program.name);
    if (kept) return kept;
    const { device } = this.backend;
    const kinds = [
      ...program.outputs.map(() => 'storage'),
      ...Object.keys(program.inputs).map(() => 'read-only-storage'),
      'uniform',
    ];
    const entries = kinds.map((type, binding) => ({ binding, visibility: COMPUTE, buffer: { type } }));
    const layout = device.createBindGroupLayout({ entries });
    const module = device.createShaderModule({ label: program.name, code: shaderOf(program) });
    const pipeline = device.createComputePipeline({
      label: program.name,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: 'main' },
    });
    const made = { pipeline, layout };
    this.pipelines.set(program.name, made);
    return made;
  }
}
