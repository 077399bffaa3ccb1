// What of @tensorflow/tfjs-node's backend and binding is used here, as types. Legend: ids are numbers of tensors or, in
// a graph under construction, of values.
import type { DataId, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { CopyingBackend } from '@tessera/core';

/** An attribute of a TensorFlow operation; `type` is one of the binding's `TF_ATTR_…`. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** A tensor that TensorFlow made. */
export interface TensorMetadata {
  readonly id: number;
  readonly dtype: number;
  readonly shape: number[];
}

/** A value of a graph under construction; -1 stands for a size that is not known before the graph runs. */
export interface GraphValue {
  readonly id: number;
  readonly dtype: number;
  readonly shape?: number[];
}

/** An operation of a graph under construction. */
export interface GraphOperation {
  readonly operation: number;
  readonly outputs: readonly GraphValue[];
}

/** TensorFlow's graph while it is built; opaque. */
export type GraphHandle = object & { readonly graphHandle?: never };

/** The N-API binding, with what `native/graph_binding.cc` adds to it. */
export interface NativeBinding {
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_INT64: number;
  readonly TF_BOOL: number;
  readonly TF_UINT8: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  createTensor(shape: readonly number[], dtype: number, values: unknown): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  executeOp(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    outputs: number,
  ): TensorMetadata[];
  getNumOfTensors(): number;
  graphNew(): GraphHandle;
  graphAddOperation(
    graph: GraphHandle,
    type: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    controls: readonly number[],
  ): GraphOperation;
  graphAddConstant(
    graph: GraphHandle,
    shape: readonly number[],
    dtype: number,
    values: ArrayBufferView,
  ): GraphOperation;
  functionAdd(graph: GraphHandle, name: string, inputs: readonly number[], outputs: readonly number[]): void;
  functionRemove(name: string): void;
  /** @param config - a serialized ConfigProto for how TensorFlow rewrites the function, the same in each call of it */
  functionCall(
    name: string,
    inputs: readonly number[],
    outputs: number,
    config?: Uint8Array,
  ): Promise<TensorMetadata[]>;
}

/** Where the backend keeps a tensor's data: values that TensorFlow has not seen yet, or the id of TensorFlow's tensor. */
export interface TensorData {
  readonly shape: number[];
  readonly dtype: number;
  values: ArrayBufferView | null;
  id: number;
  refCount: number;
}

/** tfjs-node's backend object. */
export interface NativeBackend {
  binding: NativeBinding;
  readonly isUsingGpuDevice: boolean;
  copiesArraysFrom?: CopyingBackend['copiesArraysFrom'];
  readonly tensorMap: {
    has(dataId: DataId): boolean;
    get(dataId: DataId): TensorData;
    set(dataId: DataId, data: TensorData): void;
    delete(dataId: DataId): boolean;
  };
  getInputTensorIds(tensors: readonly Pick<TensorInfo, 'dataId'>[]): number[];
  createOutputTensor(metadata: TensorMetadata): Tensor;
  executeSingleOutput(name: string, attributes: readonly OpAttribute[], inputs: readonly TensorInfo[]): Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly TensorInfo[],
    count: number,
  ): Tensor[];
  disposeData(dataId: DataId, force?: boolean): boolean;
  move(dataId: DataId, values: ArrayBufferView, shape: number[], dtype: string, refCount: number): void;
}

/** Shorthands for attributes of one binding. */
export const attributesOf = (
  binding: NativeBinding,
): {
  readonly type: (name: string, value: number) => OpAttribute;
  readonly bool: (name: string, value: boolean) => OpAttribute;
  readonly int: (name: string, value: number | readonly number[]) => OpAttribute;
  readonly float: (name: string, value: number | readonly number[]) => OpAttribute;
  readonly text: (name: string, value: string) => OpAttribute;
  readonly shape: (name: string, value: readonly number[]) => OpAttribute;
} => ({
  type: (name, value) => ({ name, type: binding.TF_ATTR_TYPE, value }),
  bool: (name, value) => ({ name, type: binding.TF_ATTR_BOOL, value }),
  int: (name, value) => ({ name, type: binding.TF_ATTR_INT, value }),
  float: (name, value) => ({ name, type: binding.TF_ATTR_FLOAT, value }),
  text: (name, value) => ({ name, type: binding.TF_ATTR_STRING, value }),
  shape: (name, value) => ({ name, type: binding.TF_ATTR_SHAPE, value }),
});
