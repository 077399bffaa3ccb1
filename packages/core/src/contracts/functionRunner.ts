// The seam at which training, evaluation and prediction hand whole functions of tensors to the backend, which may trace
// one once and replay it as a graph from then on.
import { tidy, Variable, type Tensor } from '@tensorflow/tfjs-core';
import { BackendError, CaptureError } from '../errors.js';
import { token } from '../token.js';
import { flattenTree } from './tensorTree.js';

/**
 * What a function is computed in. `bf16-mixed`: matrix products and convolutions in bfloat16, the rest and all that is
 * kept (parameters, optimizer state, running statistics) in float32 (Kalamkar et al. 2019, arXiv 1905.12322).
 */
export type Precision = 'float32' | 'bf16-mixed';

/**
 * One function of tensors. I and O are tensor trees (see {@link flattenTree}): plain structures whose leaves are tensors
 * or JSON values.
 */
export interface TensorFunction<I, O, Info> {
  /** What it is, for messages: "training step". */
  readonly name: string;
  /**
   * All that the body depends on besides the inputs' tensors: the same key, with the same shapes, types and other leaves
   * of the inputs, stands for the same operations on the same variables. Parts of a key end with `/`, see
   * {@link FunctionRunner.forget}.
   */
  readonly key: string;
  /** Borrowed by the runner. */
  readonly inputs: I;
  /** Default float32. One that the runner does not list in its `precisions` is an error of whoever asks. */
  readonly precision?: Precision;
  /**
   * Runs inside a tidy, on the inputs or on stand-ins of the same structure. It may assign variables that exist already;
   * it reads no value back to JavaScript. It owns its outputs; `info` does not depend on the values of the inputs.
   */
  readonly body: (inputs: I) => { readonly outputs: O; readonly info: Info };
}

/** What a call gave: outputs, owned by the caller, and the body's plain values, perhaps of an earlier call. */
export interface FunctionResult<O, Info> {
  readonly outputs: O;
  readonly info: Info;
}

/** Runs functions of tensors, one after the other. A backend may offer one that captures them as graphs. */
export interface FunctionRunner {
  /** What it does, in a few words for `tessera doctor`: "eager", "captured graphs". */
  readonly description: string;
  /** Whether a function is kept for each shape of its inputs, so that batches should come in few shapes. */
  readonly captures: boolean;
  /** What it can compute in beside float32, or why it can in nothing else. */
  readonly precisions?: readonly Precision[] | { readonly none: string };
  /** Runs a function. Errors of its body pass through. */
  run<I, O, Info>(fn: TensorFunction<I, O, Info>): Promise<FunctionResult<O, Info>>;
  /** Frees what is kept of functions whose key starts with `keyPrefix`. */
  forget(keyPrefix: string): void;
}

/** Token of the {@link FunctionRunner}; the workbench binds {@link eagerRunner} unless a backend offers another. */
export const functionRunner = token<FunctionRunner>('tessera.FunctionRunner', 'the runner of tensor functions');

/** Runs each body as it is, operation by operation. */
export const eagerRunner: FunctionRunner = {
  description: 'eager',
  captures: false,
  run: (fn) => new Promise((resolve) => resolve(runEagerly(fn))),
  forget: () => undefined,
};

function runEagerly<I, O, Info>(fn: TensorFunction<I, O, Info>): FunctionResult<O, Info> {
  const { name, inputs, body, precision = 'float32' } = fn;
  if (precision !== 'float32') {
    throw new BackendError(`${name}: operation by operation it must compute in float32, got precision=${precision}.`);
  }
  const lent = new Set<Tensor>(flattenTree(inputs).tensors);
  const own = (tensor: Tensor): Tensor => {
    if (lent.has(tensor) || tensor instanceof Variable) return tensor.clone();
    lent.add(tensor); // an output given twice becomes two
    return tensor;
  };
  return tidyRecord(() => {
    const { outputs, info } = body(inputs);
    const { tensors, rebuild } = flattenTree(outputs);
    return { outputs: rebuild(tensors.map(own)), info };
  });
}

/** `tf.tidy` types its result as an index signature, which no interface satisfies. */
const tidyRecord = <T extends object>(step: () => T): T => tidy(step as () => never);

/**
 * Runs one part of a forward pass; a {@link CaptureError} from inside then names it, the innermost part first.
 * @param part - its name, such as `modalities.image (encoder resnet18)`
 */
export function runPart<T>(part: () => string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof CaptureError && error.part === undefined) throw error.in(part());
    throw error;
  }
}
