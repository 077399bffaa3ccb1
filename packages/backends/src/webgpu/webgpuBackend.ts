// What of TensorFlow.js' WebGPU backend (4.22, the version this package asks for) and of WebGPU itself is used here, as types.
import type { DataId, DataType, TensorInfo, TypedArray } from '@tensorflow/tfjs-core';

/** What the backend knows of a tensor. */
export interface TensorData {
  readonly dtype: DataType;
  /** On the host; null where they are only on the device. */
  values: TypedArray | null | undefined;
  /** The buffer on the device, once a program has used it. */
  resource: GpuBuffer | null | undefined;
  /** Tensors that share the data. */
  refCount: number;
}

/** A buffer on the device, or one of a recording, which stands for one. */
export interface GpuBuffer {
  readonly size: number;
  readonly usage: number;
}

/** A buffer, or a part of it, at its place in a program. */
export interface BindGroupEntry {
  readonly binding: number;
  readonly resource: GpuBuffer | { readonly buffer: GpuBuffer; readonly offset?: number; readonly size?: number };
}

/** Buffers of one start of a program. */
export interface BindGroupDescriptor {
  readonly layout: object;
  readonly entries: readonly BindGroupEntry[];
}

/** Programs that are started one after the other. */
export interface ComputePass {
  setPipeline(pipeline: object): void;
  setBindGroup(index: number, group: object): void;
  dispatchWorkgroups(x: number, y?: number, z?: number): void;
  end(): void;
}

/** Commands that are submitted together. */
export interface CommandEncoder {
  beginComputePass(): ComputePass;
  copyBufferToBuffer(from: GpuBuffer, fromOffset: number, to: GpuBuffer, toOffset: number, size: number): void;
  finish(): object;
}

/** Where commands go. */
export interface Queue {
  writeBuffer(buffer: GpuBuffer, offset: number, data: ArrayBufferLike | ArrayBufferView): void;
  submit(commands: readonly object[]): void;
}

/** The device. */
export interface Device {
  readonly limits: {
    readonly maxComputeWorkgroupsPerDimension: number;
    readonly minUniformBufferOffsetAlignment: number;
  };
  createShaderModule(descriptor: object): object;
  createBindGroupLayout(descriptor: object): object;
  createPipelineLayout(descriptor: object): object;
  createComputePipeline(descriptor: object): object;
  createBindGroup(descriptor: BindGroupDescriptor): object;
  createCommandEncoder(): CommandEncoder;
}

/** Gives buffers and takes them back. */
export interface BufferManager {
  acquireBuffer(size: number, usage: number, mapped?: boolean, reuse?: boolean): GpuBuffer;
  releaseBuffer(buffer: GpuBuffer, reuse?: boolean): void;
}

/** TensorFlow.js' backend. */
export interface WebgpuBackend {
  device: Device;
  queue: Queue;
  bufferManager: BufferManager;
  commandEncoder: CommandEncoder | null;
  computePassEncoder: ComputePass | null;
  dispatchCountInPass: number;
  commandQueueOwnedIds: WeakSet<object>;
  tensorDataPendingDisposal: object[];
  uniformPendingDisposal: object[];
  stagingPendingDisposal: object[];
  readonly tensorMap: {
    has(dataId: object): boolean;
    get(dataId: object): TensorData;
    set(dataId: object, data: TensorData): void;
  };
  makeTensorInfo(shape: readonly number[], dtype: DataType, values?: TypedArray): TensorInfo;
  write(values: unknown, shape: readonly number[], dtype: DataType): DataId;
  read(dataId: object): Promise<TypedArray>;
  readSync(dataId: object): TypedArray;
  convertAndCacheOnCPU(dataId: object, values: TypedArray): TypedArray;
  shouldExecuteOnCPU(inputs: readonly TensorInfo[], sizeThreshold?: number): boolean;
  uploadToGPU(dataId: object): void;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
  disposeData(dataId: object, force?: boolean): boolean;
}

/** GPUBufferUsage.STORAGE | COPY_SRC | COPY_DST: what TensorFlow.js gives the buffers of tensors. */
export const STORAGE_USAGE = 0x80 | 0x4 | 0x8;

/** GPUBufferUsage.UNIFORM | COPY_DST */
export const UNIFORM_USAGE = 0x40 | 0x8;

/** Submits what programs and copies are waiting, so that what follows on the queue comes after them. */
export function flush(backend: WebgpuBackend): void {
  backend.endComputePassEncoder();
  if (backend.commandEncoder) backend.submitQueue();
}
