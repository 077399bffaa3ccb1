// Applications with containers of their own, and the lifetimes of what is built in them.
import { memory } from '@tensorflow/tfjs-core';
import { inversifyContainer, logger, type Container, type Split } from '@tessera/core';
import { tsyringeContainer } from '@tessera/core/tsyringe';
import { runCheckpointReader } from '@tessera/training';
import { Container as InversifyEngine } from 'inversify';
import { container as tsyringeRoot } from 'tsyringe';
import { createWorkbench, type TesseraWorkbench } from 'tessera';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as inversifyServices from '../examples/containers/inversifyServices.js';
import * as tsyringeApplication from '../examples/containers/tsyringeApplication.js';
import { tinyDataset, tinySpec } from './tinyTask.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

afterEach(() => {
  vi.restoreAllMocks();
});

describe('examples/containers', () => {
  it('composes a model inside the container of a tsyringe application, beside its services', async () => {
    const lines = await tsyringeApplication.main();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^info "the printer is out of paper" is for (printing|network)$/);
  });

  it('takes pictures, messages and saved models from what an application bound in inversify', async () => {
    const dark = await inversifyServices.main();
    expect(dark).toHaveLength(2);
    expect(dark[0]).not.toBe(dark[1]);
    const journal = { info: vi.fn(), warn: vi.fn() };
    const read = vi.spyOn(runCheckpointReader, 'read').mockRejectedValue(new Error('not on the shelf'));
    const container = inversifyContainer(inversifyServices.labContainer(journal, { tones: '/models/tones-7' }));
    const workbench = await createWorkbench({ container, backend: 'cpu' });
    await expect(workbench.load('tones')).rejects.toThrow('not on the shelf');
    expect(read).toHaveBeenCalledWith('/models/tones-7');
    expect(container.get(logger)).toBe(journal);
    workbench.dispose();
  });
});

const containers: [string, () => Container][] = [
  ['inversify', () => inversifyContainer(new InversifyEngine())],
  ['tsyringe', () => tsyringeContainer(tsyringeRoot.createChildContainer())],
];

/** Builds a model, uses it once and disposes it; `keep` gets it before that. */
async function useOnce(workbench: TesseraWorkbench, keep?: (model: unknown) => void): Promise<void> {
  const training = tinyDataset().splits['train'] as Split;
  const model = await workbench.build(tinySpec() as never, { training });
  await model.predict({ text: 'a fig and the saw' } as never);
  keep?.(model);
  model.dispose();
}

/** What must be where it was: tensors and their bytes, and listeners of the process. */
const standing = (): object => {
  const { numTensors, numDataBuffers, numBytes } = memory();
  const listeners = process.eventNames().map((name) => `${String(name)} ${process.listenerCount(name)}`);
  return { numTensors, numDataBuffers, numBytes, listeners };
};

/** Collects garbage. What a WeakRef was made of in one turn of the event loop, as inversify does, lives to its end. */
async function collected(): Promise<void> {
  await setImmediate();
  collectGarbage();
}

/**
 * Bytes of the heap that each model leaves behind: the least of four rounds of builds and disposals, since a leak grows in
 * every round, and what the engine compiles and caches does not.
 */
async function heapGrowth(workbench: TesseraWorkbench, perRound: number, keep?: (model: unknown) => void) {
  const growths: number[] = [];
  for (let round = 0; round < 4; round++) {
    await collected();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < perRound; i++) await useOnce(workbench, keep);
    await collected();
    growths.push((process.memoryUsage().heapUsed - before) / perRound);
  }
  return Math.min(...growths);
}

/** Bytes. A disposed model of the tiny task that something holds takes some forty thousand. */
const allowedGrowth = 8192;

describe.each(containers)('models in a container of %s', (_, makeContainer) => {
  it('leave tensors, listeners and memory where they were after 200 builds and disposals', async () => {
    const workbench = (await createWorkbench({
      container: makeContainer(),
      backend: 'cpu',
    })) as unknown as TesseraWorkbench;
    await useOnce(workbench);
    const before = standing();
    expect(await heapGrowth(workbench, 50)).toBeLessThan(allowedGrowth);
    expect(standing()).toEqual(before);
    workbench.dispose();
  });

  it('would be noticed if something held them', async () => {
    const workbench = (await createWorkbench({
      container: makeContainer(),
      backend: 'cpu',
    })) as unknown as TesseraWorkbench;
    const held: unknown[] = [];
    expect(await heapGrowth(workbench, 25, (model) => held.push(model))).toBeGreaterThan(allowedGrowth);
    expect(held).toHaveLength(100);
    workbench.dispose();
  });

  it('are disposed with their workbench, and services that factories made once', async () => {
    const container = makeContainer();
    const workbench = (await createWorkbench({ container, backend: 'cpu' })) as unknown as TesseraWorkbench;
    const before = memory().numTensors;
    const training = tinyDataset().splits['train'] as Split;
    const models = [];
    for (let i = 0; i < 3; i++) models.push(await workbench.build(tinySpec() as never, { training }));
    expect(memory().numTensors).toBeGreaterThan(before);
    workbench.dispose();
    workbench.dispose();
    for (const model of models) model.dispose();
    expect(memory().numTensors).toBe(before);
  });
});
