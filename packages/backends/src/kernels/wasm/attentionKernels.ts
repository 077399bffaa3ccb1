// Attention: see assembly/attention.ts. Legend: B batch, Q queries, S keys, H heads, K headSize, D = H·K.
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { WasmContext } from './wasmContext.js';
import { input, wasmKernel, type KernelCall } from './wasmKernel.js';

interface AttentionAttributes {
  readonly numHeads: number;
  readonly dropoutRate: number;
}

interface Dimensions {
  readonly batch: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly headSize: number;
}

function dimensions(call: KernelCall<AttentionAttributes>): Dimensions {
  const [batch = 0, queries = 0, width = 0] = input(call, 'q').shape;
  const heads = call.attributes.numHeads;
  return { batch, heads, queries, keys: input(call, 'k').shape[1] ?? 0, headSize: width / heads };
}

/** B, H, Q, S, K in the order of the compiled functions. */
const order = ({ batch, heads, queries, keys, headSize }: Dimensions) =>
  [batch, heads, queries, keys, headSize] as const;

/** The mask as float32 at `target`, or 0 without one. */
function maskAddress(context: WasmContext, mask: TensorInfo | undefined, target: number): number {
  if (!mask) return 0;
  if (mask.dtype === 'float32') return context.address(mask);
  context.writeFloats(target, context.integers(mask));
  return target;
}

/** Probabilities after dropout, at `target`; the probabilities themselves where nothing is dropped. */
function dropped(
  context: WasmContext,
  probabilities: number,
  count: number,
  rate: number,
  seed: TensorInfo,
  target: number,
): number {
  if (rate === 0) return probabilities;
  context.functions.dropout(context.address(seed), probabilities, target, count, rate);
  return target;
}

const attention = wasmKernel<AttentionAttributes>('TesseraAttention', (call) => {
  const { context, attributes, inputs } = call;
  const size = dimensions(call);
  const { batch, heads, queries, keys, headSize } = size;
  const probabilities = context.output([batch, heads, queries, keys]);
  const result = context.output([batch, queries, heads * headSize]);
  const count = batch * heads * queries * keys;
  const own = context.functions.attentionScratch(queries, keys, headSize);
  const scratch = context.scratch(own + 4 * (batch * keys + count));
  const at = (name: string) => context.address(input(call, name));
  const mask = maskAddress(context, inputs['padMask'], scratch + own);
  const p = context.address(probabilities);
  context.functions.attentionProbabilities(at('q'), at('k'), mask, p, scratch, ...order(size));
  const kept = dropped(
    context,
    p,
    count,
    attributes.dropoutRate,
    input(call, 'seed'),
    scratch + own + 4 * batch * keys,
  );
  context.functions.attentionContext(kept, at('v'), context.address(result), scratch, ...order(size));
  return [result, probabilities];
});

const attentionGradient = wasmKernel<AttentionAttributes>('TesseraAttentionGrad', (call) => {
  const { context, attributes } = call;
  const size = dimensions(call);
  const count = size.batch * size.heads * size.queries * size.keys;
  const dq = context.output(input(call, 'q').shape);
  const [dk, dv] = [context.zeros(input(call, 'k').shape), context.zeros(input(call, 'v').shape)];
  const own = context.functions.attentionScratch(size.queries, size.keys, size.headSize);
  const scratch = context.scratch(own + 4 * count);
  const at = (name: string) => context.address(input(call, name));
  const p = at('probabilities');
  const kept = dropped(context, p, count, attributes.dropoutRate, input(call, 'seed'), scratch + own);
  const results = [dq, dk, dv].map((tensor) => context.address(tensor)) as [number, number, number];
  context.functions.attentionGradient(
    at('dy'),
    at('q'),
    at('k'),
    at('v'),
    p,
    kept,
    ...results,
    scratch,
    ...order(size),
  );
  return [dq, dk, dv];
});

/** Attention. */
export const attentionKernels = [attention, attentionGradient];
