// One function of tensors as a TensorFlow function: traced once, called many times.
import type { DataId, Tensor } from '@tensorflow/tfjs-core';
import type { FunctionResult, Precision } from '@tessera/core';
import type { Captured, CaptureRequest } from '../capturingRunner.js';
import { traceBody, type TracedBody } from '../traceBody.js';
import type { CaptureBackend } from './captureBackend.js';
import type { TracedProgram } from './graphTrace.js';
import type { NativeBinding, TensorMetadata } from './nativeBackend.js';
import { dropReshapes } from './passes/dropReshapes.js';
import { foldBatchNorm } from './passes/foldBatchNorm.js';
import { hoist, type HoistedProgram } from './passes/hoist.js';
import { mergeSumsOfSquares, mergeUpdates } from './passes/mergeUpdates.js';
import { configOf } from './precision.js';
import { PreparedValues } from './preparedValues.js';
import { buildFunction, liveProgram } from './program.js';

let captured = 0;

/** A captured function: shapes are those of the inputs it was traced with. */
export class CapturedFunction<I, O, Info> implements Captured<O, Info> {
  private readonly name = `tessera_function_${captured++}`;
  private readonly traced: Omit<TracedProgram & TracedBody<O, Info>, 'program'>;
  private readonly prepared: PreparedValues | undefined;
  private readonly numResults: number;
  private calls = 0; // that run now
  private disposed = false;
  private readonly precision: Precision;

  /**
   * Traces the function; nothing is computed.
   * @throws CaptureError when it reads values, or when shapes depend on values
   */
  constructor(
    private readonly capture: CaptureBackend,
    { inputs, body, precision = 'float32' }: CaptureRequest<I, O, Info>,
  ) {
    this.precision = precision;
    this.upload(inputs.tensors); // else their values would look like constants
    const { program, ...traced } = capture.tracing((trace) => traceBody(trace, { inputs, body }));
    this.traced = traced;
    this.numResults = program.results.length + 1;
    const { main, prepare, sources } = optimise({ program, ...traced }, capture.binding);
    buildFunction(capture.binding, this.name, main);
    if (prepare) this.prepared = new PreparedValues(capture.binding, `${this.name}_prepare`, prepare, sources);
  }

  /** Whether all that it uses is where it was: eager code may have assigned a variable or disposed a constant. */
  get usable(): boolean {
    const { backend, residents } = this.capture;
    return (
      this.traced.external.every((dataId) => backend.tensorMap.has(dataId)) &&
      this.traced.variables.every(
        ({ variable, resident }) => !variable.isDisposed && residents.find(variable.dataId) === resident,
      )
    );
  }

  /**
   * Runs it on a thread of TensorFlow's; the outputs belong to the caller.
   * @param inputs - the tensors of the inputs' tree, in its order
   */
  async call(inputs: readonly Tensor[]): Promise<FunctionResult<O, Info>> {
    this.calls += 1;
    try {
      return await this.run(inputs);
    } finally {
      this.calls -= 1;
      if (this.disposed) this.release();
    }
  }

  private async run(inputs: readonly Tensor[]): Promise<FunctionResult<O, Info>> {
    const { backend, binding } = this.capture;
    const { external, written, rebuild, info } = this.traced;
    const prepared = (await this.prepared?.get()) ?? [];
    const fed = this.upload([...inputs, ...external.map((dataId) => ({ dataId }))]);
    for (const resident of written) resident.beforeWrite();
    const results = await binding.functionCall(
      this.name,
      [...fed, ...prepared],
      this.numResults,
      configOf(this.precision),
    );
    binding.deleteTensor((results.pop() as TensorMetadata).id);
    return { outputs: rebuild(results.map((metadata) => backend.createOutputTensor(metadata))), info };
  }

  /** Ids of TensorFlow's tensors, made of values where TensorFlow has not seen them yet. */
  private upload(tensors: readonly { readonly dataId: DataId }[]): number[] {
    return this.capture.backend.getInputTensorIds(tensors);
  }

  /** TensorFlow forgets it, once the call that runs now has ended. */
  dispose(): void {
    this.disposed = true;
    this.release();
  }

  private release(): void {
    if (this.calls > 0) return;
    this.prepared?.dispose();
    this.capture.binding.functionRemove(this.name);
  }
}

/** Rewrites that keep what a program computes. */
function optimise({ program, written }: TracedProgram, binding: NativeBinding): HoistedProgram {
  const folded = dropReshapes(foldBatchNorm(liveProgram(program), binding));
  const merged = mergeUpdates(mergeSumsOfSquares(liveProgram(folded), binding), binding);
  return hoist(liveProgram(merged), written, binding);
}
