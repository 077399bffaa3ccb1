import { attributesOf, type NativeBinding, type OpAttribute } from '../nativeBackend.js';
import type { ProgramIndex, ProgramNode } from '../program.js';

/** Makes operations for passes. */
export class NodeMaker {
  constructor(
    private readonly binding: NativeBinding,
    private readonly index: ProgramIndex,
  ) {}

  /** An operation on float32 with one result. `value` is the result's number where others know it already. */
  float(
    type: string,
    inputs: readonly number[],
    shape: readonly number[],
    { attributes = [], value = this.index.fresh() }: { attributes?: readonly OpAttribute[]; value?: number } = {},
  ): ProgramNode {
    const { TF_FLOAT } = this.binding;
    return {
      id: this.index.fresh(),
      type,
      attributes: [attributesOf(this.binding).type('T', TF_FLOAT), ...attributes.filter(({ name }) => name !== 'T')],
      inputs,
      controls: [],
      outputs: [{ id: value, dtype: TF_FLOAT, shape: [...shape] }],
    };
  }

  /** A reshape with the constant that says to what. */
  reshape(input: number, shape: readonly number[], value?: number): ProgramNode[] {
    const { TF_INT32 } = this.binding;
    const target = this.index.fresh();
    const constant: ProgramNode = {
      id: this.index.fresh(),
      type: 'Const',
      attributes: [],
      inputs: [],
      controls: [],
      outputs: [{ id: target, dtype: TF_INT32, shape: [shape.length] }],
      constant: Int32Array.from(shape),
    };
    const attributes = [attributesOf(this.binding).type('Tshape', TF_INT32)];
    return [
      constant,
      this.float('Reshape', [input, target], shape, { attributes, ...(value !== undefined && { value }) }),
    ];
  }
}

/** The only result of an operation. */
export const resultOf = (node: ProgramNode): number => (node.outputs[0] as { id: number }).id;
