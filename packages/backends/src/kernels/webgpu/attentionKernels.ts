// Attention, forward and backward. Legend: B batch, Q queries, S keys, H heads, K headSize, D = H·K.
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { forwardProgram, keyGradientProgram, queryGradientProgram, tileRows } from './attentionPrograms.js';
import { chooseSeeded, keptFactor } from './elementwiseKernels.js';
import { input, webgpuKernel } from './webgpuKernel.js';

interface AttentionAttributes {
  readonly numHeads: number;
  readonly dropoutRate: number;
}

/** Sizes by the programs' names, and the numbers of a dropout. */
function measure(q: TensorInfo, k: TensorInfo, { numHeads: heads, dropoutRate: rate }: AttentionAttributes) {
  const [batches = 0, queries = 0, width = 0] = q.shape;
  const keys = k.shape[1] ?? 0;
  const headSize = width / heads;
  return {
    headSize,
    drops: rate > 0,
    tilesOf: (rows: number) => batches * heads * Math.ceil(rows / tileRows(headSize)),
    scores: [batches, heads, queries, keys],
    uniforms: { batches, heads, queries, keys, scale: 1 / Math.sqrt(headSize), rate, factor: keptFactor(rate) },
  };
}

const attention = webgpuKernel<AttentionAttributes>('TesseraAttention', (call) => {
  const { context, attributes, inputs: named } = call;
  const [q, k, v] = [input(call, 'q'), input(call, 'k'), input(call, 'v')];
  const { headSize, drops, scores, uniforms, tilesOf } = measure(q, k, attributes);
  const mask = named['padMask'];
  const programs = forwardProgram({ headSize, drops, ...(mask ? { mask: context.typeOf(mask) } : {}) });
  const seed = drops ? chooseSeeded(call, programs, input(call, 'seed')) : undefined;
  const [output, probabilities] = [context.output(q.shape), context.output(scores)];
  const kept = drops ? [context.output(scores)] : [];
  context.run(seed?.program ?? programs.fromHost, {
    inputs: [q, k, v, ...(mask ? [mask] : []), ...(seed?.inputs ?? [])],
    outputs: [output, probabilities, ...kept],
    uniforms: { ...uniforms, first: 0, second: 0, ...seed?.uniforms },
    workgroups: tilesOf(uniforms.queries),
  });
  context.release(...kept);
  return [output, probabilities];
});

const attentionGradient = webgpuKernel<AttentionAttributes>('TesseraAttentionGrad', (call) => {
  const { context, attributes } = call;
  const [dy, q, k, v] = [input(call, 'dy'), input(call, 'q'), input(call, 'k'), input(call, 'v')];
  const probabilities = input(call, 'probabilities');
  const { headSize, drops, scores, uniforms, tilesOf } = measure(q, k, attributes);
  const programs = queryGradientProgram({ headSize, drops });
  const seed = drops ? chooseSeeded(call, programs, input(call, 'seed')) : undefined;
  const [dq, dk, dv] = [context.output(q.shape), context.output(k.shape), context.output(k.shape)];
  const dScores = context.output(scores);
  const kept = drops ? [context.output(scores)] : [];
  context.run(seed?.program ?? programs.fromHost, {
    inputs: [dy, k, v, probabilities, ...(seed?.inputs ?? [])],
    outputs: [dq, dScores, ...kept],
    uniforms: { ...uniforms, first: 0, second: 0, ...seed?.uniforms },
    workgroups: tilesOf(uniforms.queries),
  });
  context.run(keyGradientProgram({ headSize }), {
    inputs: [dScores, kept[0] ?? probabilities, q, dy],
    outputs: [dk, dv],
    uniforms,
    workgroups: tilesOf(uniforms.keys),
  });
  context.release(dScores, ...kept);
  return [dq, dk, dv];
});

/** Attention. */
export const attentionKernels = [attention, attentionGradient];
