// Applications with containers of their own, and the lifetimes of what is built in them.
import { memory } from '@tensorflow/tfjs-core';
import { inversifyContainer, logger, type Container, type Split } from '@tessera/core';
import { tsyringeContainer } from '@tessera/core/tsyringe';
import { runCheckpointReader } from '@tessera/training';
import { Container as InversifyEngine } from 'inversify';
import { container as tsyringeRoot } from 'tsyringe';
import { createWorkbench, type TesseraWorkbench } from 'tessera';
import { setImmediate } from 'node:timers/promises';
import { queryObjects } from 'node:v8';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as inversifyServices from '../examples/containers/inversifyServices.js';
import * as tsyringeApplication from '../examples/containers/tsyringeApplication.js';
import { tinyDataset, tinySpec } from './tinyTask.js';

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

/** Builds a model, uses it once and disposes it; `keep` is called before that. */
async function useOnce(workbench: TesseraWorkbench, keep?: () => void): Promise<void> {
  const training = tinyDataset().splits['train'] as Split;
  const model = await workbench.build(tinySpec() as never, { training });
  await model.predict({ text: 'a fig and the saw' } as never);
  keep?.();
  model.dispose();
}

/** What must be where it was: tensors and their bytes, and listeners of the process. */
const standing = (): object => {
  const { numTensors, numDataBuffers, numBytes } = memory();
  const listeners = process.eventNames().map((name) => `${String(name)} ${process.listenerCount(name)}`);
  return { numTensors, numDataBuffers, numBytes, listeners };
};

/**
 * How many objects the program reaches, functions and arrays among them, after a full collection. WeakRefs hold nothing, and
 * inversify drops those to children that are gone a thousand at a time.
 */
async function objectsReached(): Promise<number> {
  // What a WeakRef was made of or read in one turn of the event loop lives to its end.
  await setImmediate();
  return queryObjects(Object, { format: 'count' }) - queryObjects(WeakRef, { format: 'count' });
}

/**
 * Objects that each model leaves behind. They are counted and not weighed: bytes of the heap hold what the engine compiles
 * and caches, too, as it pleases. The median of rounds, since a leak shows in each, and what the test runner does in one.
 */
async function objectsLeft(workbench: TesseraWorkbench, keep?: () => void): Promise<number> {
  const [rounds, perRound] = [5, 20];
  const growths: number[] = [];
  let before = await objectsReached();
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < perRound; i++) await useOnce(workbench, keep);
    const after = await objectsReached();
    growths.push((after - before) / perRound);
    before = after;
  }
  return growths.sort((a, b) => a - b)[(rounds - 1) / 2] ?? NaN;
}

/** Between nothing and the least that a leak can keep of each model. */
const halfAnObject = 0.5;

const open = async (container: Container): Promise<TesseraWorkbench> =>
  (await createWorkbench({ container, backend: 'cpu' })) as unknown as TesseraWorkbench;

// Counts do not depend on time, so a busy machine may take its time.
const patience = { timeout: 240_000 };

describe.each(containers)('models in a container of %s', patience, (_, makeContainer) => {
  it('leave tensors, listeners and objects where they were after 100 builds and disposals', async () => {
    const workbench = await open(makeContainer());
    await useOnce(workbench);
    const before = standing();
    expect(await objectsLeft(workbench)).toBeLessThan(halfAnObject);
    expect(standing()).toEqual(before);
    workbench.dispose();
  });

  it('would be noticed if something kept one callback of each', async () => {
    const workbench = await open(makeContainer());
    const kept: unknown[] = [];
    expect(await objectsLeft(workbench, () => kept.push(() => undefined))).toBeGreaterThan(halfAnObject);
    expect(kept).toHaveLength(100);
    workbench.dispose();
  });

  it('are disposed with their workbench, and services that factories made once', async () => {
    const container = makeContainer();
    const workbench = await open(container);
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
