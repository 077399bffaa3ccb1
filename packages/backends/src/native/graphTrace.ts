// Runs a function of tensors without computing anything: each operation that tfjs-node would execute becomes a node of a
// TensorFlow graph, which infers dtype and shape of the result. No activation is ever held.
import { engine, type DataId, type Tensor, type TensorInfo, type Variable } from '@tensorflow/tfjs-core';
import { CaptureError } from '@tessera/core';
import {
  attributesOf,
  type GraphHandle,
  type GraphOperation,
  type NativeBackend,
  type NativeBinding,
  type OpAttribute,
  type TensorMetadata,
} from './nativeBackend.js';
import type { Program, ProgramNode } from './program.js';
import { ResidentData, type ResidentVariable, type ResidentVariables } from './residentVariables.js';

/** Ids from here on are values of the graph under construction; TensorFlow's own tensors stay below. */
const SYMBOLS = 2 ** 30;

/** Whether an id stands for a value of a graph under construction. */
export const isSymbol = (id: number): boolean => id >= SYMBOLS;

interface Read {
  readonly symbol: number;
  readonly handle: number;
  /** Operations that read the value; an update in place comes after them. */
  readonly users: number[];
}

/** What a finished trace leaves. */
export interface TracedProgram {
  readonly program: Program;
  /** Tensors from outside that the function uses without being given them; they are fed after its inputs. */
  readonly external: readonly DataId[];
  /** Variables that the program reads or writes, with their resources' names baked in. */
  readonly variables: readonly { readonly variable: Variable; readonly resident: ResidentVariable }[];
  /** Those of them that it writes. */
  readonly written: ReadonlySet<ResidentVariable>;
}

interface Ordering {
  readonly controls?: readonly number[];
  readonly after?: readonly number[];
  readonly resident?: ResidentVariable;
}

/** One graph under construction. */
export class GraphTrace {
  private readonly graph: GraphHandle; // only for TensorFlow to infer types and shapes
  private readonly nodes: ProgramNode[] = [];
  private readonly attribute: ReturnType<typeof attributesOf>;
  private readonly symbols = new Map<DataId, number>();
  private readonly made = new WeakSet<DataId>();
  private readonly fed: number[] = [];
  private readonly external: DataId[] = [];
  private readonly reads = new Map<ResidentVariable, Read>();
  private readonly readBySymbol = new Map<number, Read>();
  private readonly applied = new Map<ResidentVariable, number>();
  private readonly written = new Set<ResidentVariable>();
  private readonly updates: number[] = [];
  private readonly variables: ReadonlyMap<DataId, Variable>;
  private readonly variableObjects: ReadonlySet<Tensor>;

  constructor(
    private readonly backend: NativeBackend,
    private readonly binding: NativeBinding,
    private readonly residents: ResidentVariables,
  ) {
    this.graph = binding.graphNew();
    this.attribute = attributesOf(binding);
    const { registeredVariables } = engine().state as { registeredVariables: Record<string, Variable> };
    this.variables = new Map(Object.values(registeredVariables).map((variable) => [variable.dataId, variable]));
    this.variableObjects = new Set(this.variables.values());
  }

  /** A stand-in for a tensor that is fed in each call. */
  feed({ dataId }: TensorInfo): Tensor {
    const { shape, dtype } = this.backend.tensorMap.get(dataId);
    return this.backend.createOutputTensor({ id: this.placeholder(shape, dtype), dtype, shape: [...shape] });
  }

  /** Whether a tensor is a variable from outside, which stays. */
  isVariable(tensor: Tensor): boolean {
    return this.variableObjects.has(tensor);
  }

  /** Notes a tensor that the function made from numbers: a constant of the graph. */
  noteConstant(dataId: DataId): void {
    this.made.add(dataId);
  }

  /** The value that stands for a tensor. */
  symbolOf({ dataId }: Pick<TensorInfo, 'dataId'>): number {
    const known = this.symbols.get(dataId);
    if (known !== undefined) return known;
    const data = this.backend.tensorMap.get(dataId);
    if (data instanceof ResidentData) return this.read(data.resident).symbol;
    if (isSymbol(data.id)) return data.id;
    const symbol = this.made.has(dataId) ? this.constant(data) : this.outside(dataId);
    if (!this.variables.has(dataId)) this.symbols.set(dataId, symbol);
    return symbol;
  }

  private constant({ shape, dtype, values }: { shape: number[]; dtype: number; values: unknown }): number {
    const constant = typed(values, dtype, this.binding);
    const made = this.binding.graphAddConstant(this.graph, shape, dtype, constant);
    const { operation: id, outputs } = made;
    this.nodes.push({ id, type: 'Const', attributes: [], inputs: [], controls: [], outputs, constant });
    return this.only(made);
  }

  /** A constant of 64 bits, which TensorFlow.js has no tensors for. */
  int64(value: Int32Array): number {
    return this.constant({ shape: [], dtype: this.binding.TF_INT64, values: value });
  }

  private outside(dataId: DataId): number {
    const variable = this.variables.get(dataId);
    if (variable) return this.read(this.residents.of(variable)).symbol;
    this.external.push(dataId);
    const { shape, dtype } = this.backend.tensorMap.get(dataId);
    return this.placeholder(shape, dtype);
  }

  private placeholder(shape: readonly number[], dtype: number): number {
    const attributes = [this.attribute.type('dtype', dtype), this.attribute.shape('shape', shape)];
    const symbol = this.only(this.operation('Placeholder', attributes, []));
    this.fed.push(symbol);
    return symbol;
  }

  private read(resident: ResidentVariable): Read {
    let read = this.reads.get(resident);
    if (!read) {
      const handle = this.only(this.operation('VarHandleOp', resident.handleAttributes, [], { resident }));
      const made = this.operation('ReadVariableOp', [this.attribute.type('dtype', resident.dtype)], [handle]);
      read = { symbol: this.only(made), handle, users: [made.operation] };
      this.reads.set(resident, read);
      this.readBySymbol.set(read.symbol, read);
    }
    return read;
  }

  /** Adds an operation as the binding would execute it. */
  execute(type: string, attributes: readonly OpAttribute[], inputs: readonly number[]): TensorMetadata[] {
    const made = this.operation(type, attributes, inputs);
    for (const input of inputs) this.readBySymbol.get(input)?.users.push(made.operation);
    return made.outputs.map(({ id, dtype, shape }) => {
      if (!shape || shape.includes(-1)) {
        throw new CaptureError(
          `capture: shapes must not depend on values, got ${type} with a result of shape [${shape?.join(', ') ?? 'unknown'}].`,
        );
      }
      return { id: id + SYMBOLS, dtype, shape };
    });
  }

  /**
   * Adds an operation that updates variables in place. Its inputs are the variables' handles, then `values`.
   * @returns tensors of the new values, to assign to the variables; undefined when one of them is no variable's value
   */
  update(
    type: string,
    attributes: readonly OpAttribute[],
    targets: readonly TensorInfo[],
    values: readonly TensorInfo[],
  ): Tensor[] | undefined {
    const found = targets.map((target) => this.variableOf(target));
    const residents = found.filter((resident) => resident !== undefined && !this.applied.has(resident));
    if (residents.length < targets.length) return undefined;
    const fed = values.map((value) => this.symbolOf(value));
    const reads = (residents as ResidentVariable[]).map((resident) => this.read(resident));
    const inputs = [...reads.map(({ handle }) => handle), ...fed];
    const after = reads.flatMap(({ users }) => users);
    const { operation } = this.operation(type, attributes, inputs, { after });
    this.updates.push(operation);
    for (const { users } of reads) users.push(operation); // what overwrites them once more comes later
    return (residents as ResidentVariable[]).map((resident, i) => this.updated(resident, reads[i] as Read, operation));
  }

  /** The new value of a variable that an operation has updated. */
  private updated(resident: ResidentVariable, { handle }: Read, operation: number): Tensor {
    const dtype = this.attribute.type('dtype', resident.dtype);
    const symbol = this.only(this.operation('ReadVariableOp', [dtype], [handle], { controls: [operation] }));
    this.applied.set(resident, symbol);
    return this.backend.createOutputTensor({ id: symbol, dtype: resident.dtype, shape: [...resident.shape] });
  }

  private variableOf({ dataId }: TensorInfo): ResidentVariable | undefined {
    const variable = this.variables.get(dataId);
    return variable && this.residents.of(variable);
  }

  /** Ends the trace: gives variables their places back, with updates where they were assigned. */
  finish(outputs: readonly TensorInfo[]): TracedProgram {
    const results = outputs.map((output) => this.copyOf(output));
    for (const [dataId, variable] of this.assigned()) this.assign(variable, dataId);
    this.checkApplied();
    this.restore();
    return {
      program: {
        nodes: this.nodes,
        feeds: this.fed.map((id) => id - SYMBOLS),
        results: results.map((id) => id - SYMBOLS),
        updates: this.updates,
      },
      external: this.external,
      variables: [...this.variables].flatMap(([dataId, variable]) => {
        const resident = this.residents.find(dataId);
        return resident && this.reads.has(resident) ? [{ variable, resident }] : [];
      }),
      written: this.written,
    };
  }

  /** An update in place happens whether its result is assigned or not. */
  private checkApplied(): void {
    for (const resident of this.applied.keys()) {
      if (!this.written.has(resident)) {
        throw new CaptureError('capture: what an optimizer returns for a parameter must be assigned to it.');
      }
    }
  }

  /** An output of its own, which may be an input, a variable or another output as well. */
  private copyOf(output: TensorInfo): number {
    const { dtype } = this.backend.tensorMap.get(output.dataId);
    return this.only(this.operation('Identity', [this.attribute.type('T', dtype)], [this.symbolOf(output)]));
  }

  private assign(variable: Variable, dataId: DataId): void {
    const resident = this.residents.of({ dataId, shape: variable.shape });
    const value = this.symbolOf(variable);
    this.written.add(resident);
    if (this.applied.get(resident) !== value) {
      const { handle, users } = this.read(resident);
      const dtype = this.attribute.type('dtype', resident.dtype);
      this.updates.push(this.operation('AssignVariableOp', [dtype], [handle, value], { after: users }).operation);
    }
  }

  /** Variables that hold another value than before the trace, with the data id they had. */
  private assigned(): (readonly [DataId, Variable])[] {
    return [...this.variables].filter(([dataId, variable]) => variable.dataId !== dataId && !variable.isDisposed);
  }

  /** Gives variables that were assigned their own data back; the graph keeps what was assigned. */
  restore(): void {
    for (const [dataId, variable] of this.assigned()) {
      engine().disposeTensor(variable);
      variable.dataId = dataId;
      engine().incRef(variable, null as never);
    }
  }

  private operation(
    type: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    { controls = [], after, resident }: Ordering = {},
  ): GraphOperation {
    const ids = inputs.map((id) => {
      if (!isSymbol(id)) throw new CaptureError(`capture: ${type} got a tensor that is not part of the graph.`);
      return id - SYMBOLS;
    });
    const made = this.binding.graphAddOperation(this.graph, type, attributes, ids, []);
    this.nodes.push({
      id: made.operation,
      type,
      attributes: [...attributes],
      inputs: ids,
      controls,
      outputs: made.outputs,
      ...(after && { after }),
      ...(resident && { resident }),
    });
    return made;
  }

  private only({ outputs }: GraphOperation): number {
    return (outputs[0] as { id: number }).id + SYMBOLS;
  }
}

/** Values as the bytes that TensorFlow expects; TensorFlow.js allows plain arrays. */
function typed(values: unknown, dtype: number, binding: NativeBinding): ArrayBufferView {
  if (ArrayBuffer.isView(values)) {
    const fits =
      (dtype === binding.TF_FLOAT && values instanceof Float32Array) ||
      (dtype === binding.TF_INT32 && values instanceof Int32Array) ||
      (dtype === binding.TF_BOOL && values instanceof Uint8Array) ||
      dtype === binding.TF_INT64;
    if (fits) return values;
  }
  const numbers = Array.from(values as ArrayLike<number>, Number);
  if (dtype === binding.TF_FLOAT) return Float32Array.from(numbers);
  if (dtype === binding.TF_INT32) return Int32Array.from(numbers);
  if (dtype === binding.TF_BOOL) return Uint8Array.from(numbers);
  throw new CaptureError(`capture: constants must be numbers or booleans, got TensorFlow's type ${dtype}.`);
}
