// AdamW, sums of squares, and look-up and summing of rows by id.
import { util } from '@tensorflow/tfjs-core';
import { input, wasmKernel } from './wasmKernel.js';

interface AdamWAttributes {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

const adamW = wasmKernel<AdamWAttributes>('TesseraAdamW', (call) => {
  const { context, attributes, inputs } = call;
  const { beta1, beta2, epsilon, weightDecay } = attributes;
  const { shape } = input(call, 'parameter');
  const outputs = [context.output(shape), context.output(shape), context.output(shape)];
  const at = (name: string) => context.address(input(call, name));
  const scalar = (name: string) => context.scalar(input(call, name));
  context.functions.adamW(
    at('parameter'),
    at('m'),
    at('v'),
    at('gradient'),
    ...(outputs.map((tensor) => context.address(tensor)) as [number, number, number]),
    util.sizeFromShape(shape),
    inputs['gradientScale'] ? scalar('gradientScale') : 1,
    scalar('learningRate'),
    scalar('biasCorrection1'),
    scalar('biasCorrection2'),
    beta1,
    beta2,
    1 - beta1,
    1 - beta2,
    epsilon,
    weightDecay,
  );
  return outputs;
});

const sumOfSquares = wasmKernel('TesseraSumOfSquares', (call) => {
  const { context } = call;
  const x = input(call, 'x');
  const y = context.output([]);
  context.writeFloat(y, context.functions.sumOfSquares(context.address(x), util.sizeFromShape(x.shape)));
  return y;
});

const segmentSum = wasmKernel<{ numSegments: number }>('UnsortedSegmentSum', (call) => {
  const { context, attributes } = call;
  const [x, ids] = [input(call, 'x'), input(call, 'segmentIds')];
  const rows = util.sizeFromShape(ids.shape);
  const rest = x.shape.slice(ids.shape.length);
  const y = context.zeros([attributes.numSegments, ...rest]);
  const width = util.sizeFromShape(rest);
  context.functions.addRowsById(
    context.address(x),
    context.address(ids),
    context.address(y),
    rows,
    width,
    attributes.numSegments,
  );
  return y;
});

const gather = wasmKernel('TesseraGather', (call) => {
  const { context } = call;
  const [table, ids] = [input(call, 'table'), input(call, 'ids')];
  const [rows = 0, width = 0] = table.shape;
  const values = context.integers(ids);
  const wrong = values.findIndex((id: number) => id < 0 || id >= rows);
  if (wrong >= 0) throw new Error(`gather: ids must be in [0, ${rows}), got ${values[wrong]}.`);
  const count = util.sizeFromShape(ids.shape);
  const y = context.output([count, width]);
  context.functions.rowsById(context.address(table), context.address(ids), context.address(y), count, width);
  return y;
});

/** Updates and rows by id. */
export const updateKernels = [adamW, sumOfSquares, segmentSum, gather];
