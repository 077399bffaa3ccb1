import { dispose, tensor1d, variable, type Tensor1D, type Variable } from '@tensorflow/tfjs-core';
import { flattenTree, type FunctionRunner, type TensorFunction } from '@tessera/core';

/** What a call gave, read and freed. */
export interface CallReading<Info> {
  /** The outputs' values, tensor by tensor in the order of the tree. */
  readonly values: readonly (readonly number[])[];
  /** The outputs without their values. */
  readonly skeleton: string;
  readonly info: Info;
}

/** Runs a function, reads its outputs and frees them and the inputs. */
export async function callFunction<I, O, Info>(
  runner: FunctionRunner,
  fn: TensorFunction<I, O, Info>,
): Promise<CallReading<Info>> {
  try {
    const { outputs, info } = await runner.run(fn);
    const { tensors, skeleton } = flattenTree(outputs);
    const values: number[][] = [];
    for (const tensor of tensors) values.push(Array.from(await tensor.data()));
    dispose([...tensors]);
    return { values, skeleton, info };
  } finally {
    dispose([...flattenTree(fn.inputs).tensors]);
  }
}

/** The first output's values of a function of one float32 vector. */
export async function applyTo(
  runner: FunctionRunner,
  { key, body }: { key: string; body: (x: Tensor1D) => Tensor1D },
  x: readonly number[],
): Promise<readonly number[]> {
  const { values } = await callFunction(runner, {
    name: 'test function',
    key,
    inputs: { x: tensor1d([...x], 'float32') },
    body: (inputs) => ({ outputs: { y: body(inputs.x) }, info: {} }),
  });
  return values[0] ?? [];
}

/** Makes a float32 variable for a check, and frees it and what the runner kept under `prefix` afterwards. */
export async function withVariable(
  runner: FunctionRunner,
  { prefix, initial }: { prefix: string; initial: readonly number[] },
  check: (value: Variable) => Promise<void>,
): Promise<void> {
  const first = tensor1d([...initial], 'float32');
  const value = variable(first, true) as Variable;
  first.dispose();
  try {
    await check(value);
  } finally {
    runner.forget(prefix);
    value.dispose();
  }
}
