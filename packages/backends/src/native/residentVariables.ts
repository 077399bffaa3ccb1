// Variables whose values live in TensorFlow's own resource variables, so that a graph reads and updates them in place.
// A TensorFlow.js variable keeps its data id; whoever reads it outside a graph gets a view of the resource's value,
// which is dropped before the next graph that writes it.
import type { DataId, Variable } from '@tensorflow/tfjs-core';
import {
  attributesOf,
  type NativeBackend,
  type NativeBinding,
  type OpAttribute,
  type TensorData,
} from './nativeBackend.js';

let created = 0;

/** One resource variable and the view of it that eager operations use. */
export class ResidentVariable {
  readonly name = `tessera/variable/${created++}`;
  private readonly handle: number;
  private view: number | undefined;
  private readonly watchers = new Set<() => void>();

  constructor(
    private readonly binding: NativeBinding,
    readonly shape: readonly number[],
    readonly dtype: number,
    value: number,
  ) {
    const [handle] = binding.executeOp('VarHandleOp', this.handleAttributes, [], 1);
    this.handle = (handle as { id: number }).id;
    binding.executeOp('AssignVariableOp', [attributesOf(binding).type('dtype', dtype)], [this.handle, value], 0);
  }

  /** Attributes of the VarHandleOp that names this resource, in a graph too. */
  get handleAttributes(): OpAttribute[] {
    const attribute = attributesOf(this.binding);
    return [
      attribute.type('dtype', this.dtype),
      attribute.shape('shape', this.shape),
      attribute.text('shared_name', this.name),
      attribute.text('container', ''),
    ];
  }

  /** Id of an eager tensor with the present value. Shares memory with the resource until that is written. */
  read(): number {
    const { type } = attributesOf(this.binding);
    this.view ??= this.binding.executeOp('ReadVariableOp', [type('dtype', this.dtype)], [this.handle], 1)[0]?.id;
    return this.view as number;
  }

  /** Calls back before each write, and when the variable goes. */
  watch(onWrite: () => void): () => void {
    this.watchers.add(onWrite);
    return () => this.watchers.delete(onWrite);
  }

  /** Drops the view, so that the write to come happens in place and the next read sees it, and tells who watches. */
  beforeWrite(): void {
    if (this.view !== undefined) this.binding.deleteTensor(this.view);
    this.view = undefined;
    for (const onWrite of this.watchers) onWrite();
  }

  free(): void {
    this.beforeWrite();
    const { bool } = attributesOf(this.binding);
    this.binding.executeOp('DestroyResourceOp', [bool('ignore_lookup_error', true)], [this.handle], 0);
    this.binding.deleteTensor(this.handle);
  }
}

/** A tensor's data that lives in a resource variable. */
export class ResidentData implements TensorData {
  readonly values = null;
  refCount = 1;

  constructor(
    readonly resident: ResidentVariable,
    readonly shape: number[],
    readonly dtype: number,
  ) {}

  get id(): number {
    return this.resident.read();
  }
}

/** Moves variables into resources and keeps the backend's books right. One for each backend. */
export class ResidentVariables {
  /** While a function is traced, a variable that takes another value gives its own back afterwards. */
  tracing = false;

  /** `binding` executes even while operations of the backend are recorded. */
  constructor(
    private readonly backend: NativeBackend,
    private readonly binding: NativeBinding,
  ) {
    const disposeData = backend.disposeData.bind(backend);
    backend.disposeData = (dataId, force = false) => {
      const data = backend.tensorMap.has(dataId) ? backend.tensorMap.get(dataId) : undefined;
      if (!(data instanceof ResidentData)) return disposeData(dataId, force);
      data.refCount--;
      if ((data.refCount > 0 && !force) || this.tracing) return false;
      data.resident.free();
      backend.tensorMap.delete(dataId);
      return true;
    };
  }

  /** The resource behind a data id, if it has one. */
  find(dataId: DataId): ResidentVariable | undefined {
    const data = this.backend.tensorMap.get(dataId);
    return data instanceof ResidentData ? data.resident : undefined;
  }

  /** The resource of a variable; moves its value there if it is elsewhere. */
  of({ dataId, shape }: Pick<Variable, 'dataId' | 'shape'>): ResidentVariable {
    const found = this.find(dataId);
    if (found) return found;
    const { binding } = this;
    const { tensorMap } = this.backend;
    const before = tensorMap.get(dataId);
    const id = before.values ? binding.createTensor(before.shape, before.dtype, before.values) : before.id;
    const resident = new ResidentVariable(binding, shape, before.dtype, id);
    binding.deleteTensor(id);
    const data = new ResidentData(resident, before.shape, before.dtype);
    data.refCount = before.refCount;
    tensorMap.set(dataId, data);
    return resident;
  }
}
