// Training in bfloat16 where the processor has it; where not, that it is refused and says why.
import { mul, tensor1d } from '@tensorflow/tfjs-core';
import type { Split } from '@tessera/core';
import { Trainer } from '@tessera/training';
import { createWorkbench } from 'tessera';
import { describe, expect, it } from 'vitest';
import { tinyDataset, tinySpec } from '../tinyTask.js';
import { openNative } from './openNative.js';

/** The training losses of four epochs. */
async function losses(backend: 'native' | 'wasm', training: object): Promise<number[]> {
  const workbench = await createWorkbench({ backend });
  const split = tinyDataset().splits.train as Split;
  const model = await workbench.build(tinySpec({ epochs: 4, ...training }), { training: split });
  try {
    const trainer = new Trainer({ model, registry: workbench.registry, training: split });
    const means: number[] = [];
    for (let epoch = 0; epoch < 4; epoch++) {
      await trainer.runEpoch();
      means.push(trainer.state.lossSum / trainer.state.lossSamples);
      trainer.nextEpoch();
    }
    trainer.dispose();
    return means;
  } finally {
    model.dispose();
    workbench.dispose();
  }
}

const { precisions } = await openNative();
const offered = Array.isArray(precisions) && precisions.includes('bf16-mixed');

describe('training.precision: bf16-mixed', () => {
  it(`on this processor, which has ${offered ? '' : 'no '}bfloat16: ${offered ? 'trains close to float32, and not the same' : 'is refused'}`, async () => {
    const training = losses('native', { precision: 'bf16-mixed' });
    if (!offered) return expect(training).rejects.toThrow(/this processor has none of avx512_bf16, amx_bf16/);
    const [mixed, full] = [await training, await losses('native', {})];
    mixed.forEach((loss, epoch) => {
      const want = full[epoch] ?? NaN;
      expect(Math.abs(loss - want) / want, `epoch ${epoch + 1}`).toBeLessThan(0.05);
    });
    expect(mixed).not.toEqual(full);
  });

  it.each([
    ['wasm', {}, 'it captures no graphs'],
    ['native', { compile: 'off' }, 'compile is off'],
  ] as const)('is refused on %s with %j', async (backend, training, reason) => {
    await expect(losses(backend, { ...training, precision: 'bf16-mixed' })).rejects.toThrow(
      `training.precision: must be one the backend computes in, got bf16-mixed (${reason}). Set it to float32`,
    );
  });

  it('does not fall back to float32 for a function that cannot be captured', async () => {
    const runner = await openNative();
    const x = tensor1d([1, 2]);
    const curious = runner.run({
      name: 'curious function',
      key: 'test/precision/',
      inputs: { x },
      precision: 'bf16-mixed',
      body: (given) => ({ outputs: { y: mul(given.x, given.x.dataSync()[0] ?? NaN) }, info: {} }),
    });
    await expect(curious).rejects.toThrow('values must not be read in JavaScript');
    x.dispose();
  });
});
