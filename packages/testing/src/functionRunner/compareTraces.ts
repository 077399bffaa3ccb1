import type { Tensor } from '@tensorflow/tfjs-core';
import type { KernelTrace, TensorSource, TraceStep } from './kernelTrace.js';

/**
 * What two traces of one function do differently, in a sentence; undefined when they agree. Reads their constants.
 * @param first, second - traces of calls with the same key and the same kind of inputs
 */
export async function traceDifference(first: KernelTrace, second: KernelTrace): Promise<string | undefined> {
  for (let i = 0; i < Math.max(first.steps.length, second.steps.length); i++) {
    const [one, two] = [first.steps[i], second.steps[i]].map((step) => (step ? stepText(step) : 'nothing'));
    if (one !== two) return `operation ${i + 1} was ${one}, then ${two}`;
  }
  for (const [i, constant] of first.constants.entries()) {
    const other = second.constants[i];
    const [one, two] = [await constantText(constant), other ? await constantText(other) : 'nothing'];
    if (one !== two) return `a constant that ${readerOf(first, i)} reads was ${one}, then ${two}`;
  }
  return undefined;
}

function stepText(step: TraceStep): string {
  if (step.kind === 'assign') return `assign ${sourceText(step.value)} to variable ${step.variable.name}`;
  const inputs = Object.entries(step.inputs).map(([name, source]) => `${name}: ${sourceText(source)}`);
  return `${step.name}(${inputs.join(', ')}) ${JSON.stringify(step.attributes ?? {})}`;
}

function sourceText(source: TensorSource): string {
  switch (source.kind) {
    case 'input':
      return `input ${source.index}`;
    case 'constant':
      return `constant ${source.index}`;
    case 'result':
      return `result ${source.step + 1}.${source.index}`;
    case 'outside':
      return `tensor ${source.tensor.id}`;
  }
}

async function constantText(constant: Tensor): Promise<string> {
  const values = Array.from(await constant.data());
  const shown = values.length > 8 ? `${values.slice(0, 8).join()}… (${hash(values)})` : values.join();
  return `${constant.dtype} [${constant.shape.join()}] ${shown}`;
}

const hash = (values: readonly number[]): number =>
  values.reduce((sum, value, i) => (Math.imul(sum, 31) + Math.imul(Math.fround(value * 65536) | 0, i + 1)) | 0, 7);

function readerOf({ steps }: KernelTrace, constant: number): string {
  const reads = (source: TensorSource): boolean => source.kind === 'constant' && source.index === constant;
  for (const [i, step] of steps.entries()) {
    if (step.kind === 'kernel' && Object.values(step.inputs).some(reads)) return `operation ${i + 1}, ${step.name},`;
  }
  return 'no operation';
}
