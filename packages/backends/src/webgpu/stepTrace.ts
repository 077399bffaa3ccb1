// Runs a function of tensors on a recording device: kernels choose and compile their programs as ever, and nothing is
// computed. Tensors of the function get recorded buffers; those from outside keep theirs.
import { engine, type DataId, type DataType, type Tensor, type TensorInfo, type Variable } from '@tensorflow/tfjs-core';
import { CaptureError } from '@tessera/core';
import { WebgpuContext } from '../kernels/webgpu/webgpuContext.js';
import { RecordedBuffer, RecordingDevice, type Dispatch } from './recordingDevice.js';
import { flush, STORAGE_USAGE, type GpuBuffer, type WebgpuBackend } from './webgpuBackend.js';

/** A tensor from outside that a recording uses where it lies. */
export interface OutsideTensor {
  readonly dataId: DataId;
  readonly buffer: GpuBuffer;
  /** The variable whose value it is. */
  readonly variable?: Variable;
}

/** What a step gives back, copied each time. */
export interface RecordedOutput {
  readonly buffer: GpuBuffer;
  readonly shape: readonly number[];
  readonly dtype: DataType;
  /** Type of the buffer's elements, as TensorFlow.js notes it. */
  readonly storedAs: DataType;
}

/** What a finished trace leaves. */
export interface TracedStep {
  readonly dispatches: readonly Dispatch[];
  /** One for each input; null for those without elements. */
  readonly feeds: readonly (RecordedBuffer | null)[];
  readonly outputs: readonly RecordedOutput[];
  readonly outside: readonly OutsideTensor[];
  /** Variables that the programs write where they lie. */
  readonly updated: ReadonlySet<GpuBuffer>;
  /** Values to copy into variables at the end. */
  readonly assigned: readonly { readonly from: GpuBuffer; readonly to: GpuBuffer }[];
}

/** What the recording device takes the place of. */
const replaced = [
  'device',
  'queue',
  'bufferManager',
  'commandEncoder',
  'computePassEncoder',
  'dispatchCountInPass',
  'commandQueueOwnedIds',
  'tensorDataPendingDisposal',
  'uniformPendingDisposal',
  'stagingPendingDisposal',
  'write',
  'read',
  'readSync',
  'shouldExecuteOnCPU',
  'uploadToGPU',
  'disposeData',
] as const;

type Replaced = Pick<WebgpuBackend, (typeof replaced)[number]>;

const membersOf = (backend: WebgpuBackend): Replaced =>
  Object.fromEntries(replaced.map((name) => [name, backend[name]])) as unknown as Replaced;

/** One step under record. */
export class StepTrace {
  private readonly recorder: RecordingDevice;
  private readonly real: Replaced;
  private readonly made = new WeakSet<DataId>();
  private readonly outside = new Map<DataId, OutsideTensor>();
  private readonly feeds: (RecordedBuffer | null)[] = [];
  private readonly variables: ReadonlyMap<DataId, Variable>;
  private readonly variableObjects: ReadonlySet<Tensor>;
  /** New data ids of variables that are updated where they lie, by the old ones. */
  private readonly updated = new Map<DataId, DataId>();
  private refusal: CaptureError | undefined;

  private constructor(private readonly backend: WebgpuBackend) {
    flush(backend);
    this.recorder = new RecordingDevice(backend.device);
    this.real = membersOf(backend);
    const { registeredVariables } = engine().state as { registeredVariables: Record<string, Variable> };
    this.variables = new Map(Object.values(registeredVariables).map((variable) => [variable.dataId, variable]));
    this.variableObjects = new Set(this.variables.values());
  }

  /** Runs `body` recorded; variables keep the values they have now. */
  static run<T>(backend: WebgpuBackend, body: (trace: StepTrace) => T): T {
    const context = WebgpuContext.of(backend);
    if (context.trace) throw new CaptureError('capture: a function cannot be captured while another one is.');
    const trace = new StepTrace(backend);
    Object.assign(backend, trace.recordingMembers());
    context.trace = trace;
    try {
      return body(trace);
    } finally {
      trace.restoreVariables();
      backend.ensureCommandEncoderReady(); // what was disposed of goes when commands are submitted
      flush(backend);
      context.trace = undefined;
      Object.assign(backend, trace.real);
    }
  }

  private recordingMembers(): Replaced {
    const { backend, real, recorder } = this;
    return {
      device: recorder.device,
      queue: recorder.queue,
      bufferManager: recorder.bufferManager,
      commandEncoder: null,
      computePassEncoder: null,
      dispatchCountInPass: 0,
      commandQueueOwnedIds: new WeakSet(),
      tensorDataPendingDisposal: [],
      uniformPendingDisposal: [],
      stagingPendingDisposal: [],
      write: (values, shape, dtype) => {
        const dataId = real.write.call(backend, values, shape, dtype);
        this.made.add(dataId);
        return dataId;
      },
      read: () => {
        this.refusal ??= readWhileRecording();
        return new Promise(() => undefined); // a rejection that nobody awaits would end the process
      },
      readSync: (dataId) => {
        const { values } = backend.tensorMap.get(dataId);
        if (!values || !this.made.has(dataId)) throw readWhileRecording();
        return values;
      },
      shouldExecuteOnCPU: (inputs, ...rest) =>
        inputs.every(({ dataId }) => !this.variables.has(dataId)) &&
        real.shouldExecuteOnCPU.call(backend, inputs, ...rest),
      uploadToGPU: (dataId) => this.upload(dataId),
      disposeData: (dataId, force) => this.disposeData(dataId, force),
    };
  }

  private upload(dataId: DataId): void {
    const { backend, real } = this;
    if (this.updated.has(dataId)) throw mustBeAssigned();
    if (this.made.has(dataId)) return real.uploadToGPU.call(backend, dataId);
    if (this.outside.has(dataId)) return;
    if (!backend.tensorMap.get(dataId).resource) this.uploadForReal(dataId);
    const { resource } = backend.tensorMap.get(dataId);
    if (!resource) throw new CaptureError('capture: a tensor from outside must have values, got one that has none.');
    const variable = this.variables.get(dataId);
    this.outside.set(dataId, { dataId, buffer: resource, ...(variable && { variable }) });
  }

  private uploadForReal(dataId: DataId): void {
    const { backend, real } = this;
    const recording = membersOf(backend);
    Object.assign(backend, real);
    try {
      backend.uploadToGPU(dataId);
      flush(backend);
    } finally {
      Object.assign(real, membersOf(backend));
      Object.assign(backend, recording);
    }
  }

  /** What is from outside stays: a variable that takes another value gives its own back afterwards. */
  private disposeData(dataId: DataId, force?: boolean): boolean {
    const { backend, real } = this;
    if (this.made.has(dataId) || !backend.tensorMap.has(dataId)) return real.disposeData.call(backend, dataId, force);
    backend.tensorMap.get(dataId).refCount -= 1;
    return false;
  }

  /** A stand-in for a tensor that is given anew in each call. */
  feed(given: Tensor): Tensor {
    const { backend } = this;
    const { dtype, shape } = given;
    const { dtype: storedAs, values } = backend.tensorMap.get(given.dataId);
    const dataId = backend.write(given.size === 0 ? values : null, shape, storedAs);
    const buffer = given.size === 0 ? null : new RecordedBuffer(4 * given.size, STORAGE_USAGE);
    backend.tensorMap.get(dataId).resource = buffer;
    this.feeds.push(buffer);
    return engine().makeTensorFromTensorInfo({ dataId, shape, dtype }, backend as never);
  }

  /** Whether a tensor is a variable from outside, which stays. */
  isVariable(tensor: Tensor): boolean {
    return this.variableObjects.has(tensor);
  }

  /**
   * Tensors for the new values of variables that a program writes where they lie; undefined where one is no variable's
   * value, or has been written already. They must be assigned to the variables.
   */
  inPlace(targets: readonly TensorInfo[]): TensorInfo[] | undefined {
    const { backend, variables, updated } = this;
    if (!targets.every(({ dataId }) => variables.has(dataId) && !updated.has(dataId))) return undefined;
    return targets.map(({ dataId, shape, dtype }) => {
      this.upload(dataId);
      const next = backend.makeTensorInfo(shape, dtype);
      backend.tensorMap.get(next.dataId).resource = backend.tensorMap.get(dataId).resource;
      updated.set(dataId, next.dataId);
      return next;
    });
  }

  /** Ends the trace: what the step gives and assigns. */
  finish(results: readonly Tensor[]): TracedStep {
    const { backend, outside } = this;
    const outputs = results.map(({ dataId, shape, dtype }) => {
      const storedAs = backend.tensorMap.get(dataId).dtype;
      return { buffer: this.bufferOf(dataId), shape, dtype, storedAs };
    });
    const targets = this.assigned().map(([dataId, variable]) => {
      const from = this.bufferOf(variable.dataId);
      if (!this.updated.has(dataId)) this.upload(dataId);
      return { dataId, from, to: backend.tensorMap.get(dataId).resource as GpuBuffer, now: variable.dataId };
    });
    const written = new Set(targets.map(({ to }) => to));
    const updated = new Set<GpuBuffer>();
    for (const [dataId, next] of this.updated) {
      const target = targets.find((each) => each.dataId === dataId);
      if (target?.now !== next) throw mustBeAssigned();
      updated.add(target.to);
    }
    const assigned = targets.filter(({ from, to }) => from !== to).map(({ from, to }) => ({ from, to }));
    if (assigned.some(({ from }) => written.has(from))) {
      throw new CaptureError('capture: a variable must not take the value of one that is assigned in the same step.');
    }
    if (this.refusal) throw this.refusal;
    return {
      dispatches: this.recorder.dispatches,
      feeds: this.feeds,
      outputs,
      outside: [...outside.values()],
      updated,
      assigned,
    };
  }

  private bufferOf(dataId: DataId): GpuBuffer {
    this.upload(dataId);
    const { resource } = this.backend.tensorMap.get(dataId);
    if (!resource) throw new CaptureError('capture: a result must have elements, got one that has none.');
    return resource;
  }

  /** Variables that hold another value than before the trace, with the data id they had. */
  private assigned(): (readonly [DataId, Variable])[] {
    return [...this.variables].filter(([dataId, variable]) => variable.dataId !== dataId && !variable.isDisposed);
  }

  private restoreVariables(): void {
    for (const [dataId, variable] of this.assigned()) {
      engine().disposeTensor(variable);
      variable.dataId = dataId;
      engine().incRef(variable, null as never);
    }
  }
}

const readWhileRecording = (): CaptureError =>
  new CaptureError(
    'capture: values must not be read in JavaScript while a step is captured (data, dataSync, array). ' +
      'Compute with tensor operations instead, or set training.compile to off.',
  );

const mustBeAssigned = (): CaptureError =>
  new CaptureError('capture: what an optimizer returns for a parameter must be assigned to it.');
