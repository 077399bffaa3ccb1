import { engine, type Tensor } from '@tensorflow/tfjs-core';
import { flattenTree, type FlatTree } from '@tessera/core';
import { tidyRecord } from '@tessera/layers';
import type { CaptureRequest } from './capturingRunner.js';

/** A function under trace, on a backend that notes operations instead of computing them. */
export interface BodyTrace<Program> {
  /** A stand-in for an input. */
  feed(tensor: Tensor): Tensor;
  /** Whether a tensor is a variable from outside, which stays. */
  isVariable(tensor: Tensor): boolean;
  /** Ends the trace. */
  finish(results: readonly Tensor[]): Program;
}

/** How a program's results become the body's outputs, and what the body says beside them. */
export interface TracedBody<O, Info> {
  readonly rebuild: FlatTree<O>['rebuild'];
  readonly info: Info;
}

/** Runs a body on stand-ins of its inputs; none of the tensors that it makes is left. */
export function traceBody<I, O, Info, Program>(
  trace: BodyTrace<Program>,
  { inputs, body }: Pick<CaptureRequest<I, O, Info>, 'inputs' | 'body'>,
): Program & TracedBody<O, Info> {
  const standIns = inputs.tensors.map((tensor) => trace.feed(tensor));
  engine().startScope('capture');
  let results: readonly Tensor[] = [];
  try {
    const { outputs, info } = tidyRecord(() => body(inputs.rebuild(standIns)));
    const flat = flattenTree(outputs);
    results = flat.tensors;
    return { ...trace.finish(results), rebuild: flat.rebuild, info };
  } finally {
    engine().endScope();
    for (const tensor of [...results, ...standIns]) if (!trace.isVariable(tensor)) tensor.dispose();
  }
}
