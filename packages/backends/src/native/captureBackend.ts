// Turns tfjs-node's backend into one that can be traced: its binding and three of its methods ask first whether a trace
// is under way. The binding's own methods cannot be replaced, so that an object in front of it takes its place.
import type { DataId, TensorInfo } from '@tensorflow/tfjs-core';
import { CaptureError } from '@tessera/core';
import { GraphTrace, isSymbol } from './graphTrace.js';
import type { NativeBackend, NativeBinding } from './nativeBackend.js';
import { ResidentVariables } from './residentVariables.js';

/** Bytes from which on values go to TensorFlow at once. */
const LARGE = 65_536;

/** A backend whose operations can be recorded. */
export class CaptureBackend {
  readonly residents: ResidentVariables;
  private current: GraphTrace | undefined;

  constructor(
    readonly backend: NativeBackend,
    readonly binding: NativeBinding = backend.binding,
  ) {
    this.residents = new ResidentVariables(backend, binding);
    this.standInFront();
  }

  /** The trace under way. */
  get trace(): GraphTrace | undefined {
    return this.current;
  }

  /** Runs `body` recorded; variables keep the values they have now. */
  tracing<T>(body: (trace: GraphTrace) => T): T {
    if (this.current) throw new CaptureError('capture: a function cannot be captured while another one is.');
    const trace = new GraphTrace(this.backend, this.binding, this.residents);
    this.current = trace;
    this.residents.tracing = true;
    try {
      return body(trace);
    } finally {
      trace.restore();
      this.residents.tracing = false;
      this.current = undefined;
    }
  }

  private standInFront(): void {
    const { backend, binding } = this;
    const inFront = Object.create(binding) as NativeBinding;
    for (const name of Object.getOwnPropertyNames(binding) as (keyof NativeBinding)[]) {
      const member = binding[name] as unknown;
      Object.defineProperty(inFront, name, {
        value: typeof member === 'function' ? (member as (...args: unknown[]) => unknown).bind(binding) : member,
        writable: true,
        configurable: true,
      });
    }
    inFront.deleteTensor = (id) => {
      if (!isSymbol(id)) binding.deleteTensor(id);
    };
    inFront.executeOp = (name, attributes, inputs, outputs) =>
      this.current
        ? this.current.execute(name, attributes, inputs)
        : binding.executeOp(name, attributes, inputs, outputs);
    inFront.tensorDataSync = (id) => {
      if (this.current) throw readWhileTracing();
      return binding.tensorDataSync(id);
    };
    backend.binding = inFront;
    this.watchTensors();
  }

  private watchTensors(): void {
    const { backend } = this;
    const ids = backend.getInputTensorIds.bind(backend);
    backend.getInputTensorIds = (tensors) => {
      const { current } = this;
      return current ? tensors.map((tensor) => symbolFor(current, tensor)) : ids(tensors);
    };
    backend.copiesArraysFrom = LARGE;
    const move = backend.move.bind(backend);
    backend.move = (dataId: DataId, values, ...rest) => {
      this.current?.noteConstant(dataId);
      move(dataId, values, ...rest);
      // tfjs-node would keep the array beside TensorFlow's copy of it until the tensor is first used.
      if (!this.current && values.byteLength >= LARGE) ids([{ dataId }]);
    };
  }
}

/** tfjs-node's 64-bit scalars are no tensors. */
interface Int64Scalar {
  readonly valueArray?: Int32Array;
}

const symbolFor = (trace: GraphTrace, tensor: Pick<TensorInfo, 'dataId'>): number => {
  const { valueArray } = tensor as Int64Scalar;
  return valueArray ? trace.int64(valueArray) : trace.symbolOf(tensor);
};

const readWhileTracing = (): CaptureError =>
  new CaptureError(
    'capture: values must not be read in JavaScript while a step is captured (data, dataSync, array). ' +
      'Compute with tensor operations instead, or set training.compile to off.',
  );
