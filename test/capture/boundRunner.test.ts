// A workbench runs its models on what captures functions on the backend it opened.
import { CaptureError, eagerRunner, functionRunner, inversifyContainer, type Split } from '@tessera/core';
import { createWorkbench, type TesseraWorkbench } from 'tessera';
import { afterEach, expect, it } from 'vitest';
import { cpuProvider } from '../../packages/backends/src/providers/cpuProvider.js';
import { tinyDataset, tinySpec } from '../tinyTask.js';

const own = { ...eagerRunner, description: 'captured graphs' };
afterEach(() => delete cpuProvider.runner);

const modelOf = (workbench: unknown, training: Record<string, unknown> = {}) =>
  (workbench as TesseraWorkbench).build(tinySpec(training) as never, {
    training: tinyDataset().splits['train'] as Split,
  });

it('gives models the runner of the backend, or the eager one with compile off', async () => {
  cpuProvider.runner = () => own;
  const workbench = await createWorkbench({ backend: 'cpu' });
  expect((await modelOf(workbench)).runner).toBe(own);
  expect((await modelOf(workbench, { compile: 'off' })).runner).toBe(eagerRunner);
  workbench.dispose();
});

it('gives models the eager runner where the backend has none, and keeps one that was bound before', async () => {
  const plain = await createWorkbench({ backend: 'cpu' });
  expect((await modelOf(plain)).runner).toBe(eagerRunner);
  plain.dispose();
  cpuProvider.runner = () => eagerRunner;
  const container = inversifyContainer();
  container.bind(functionRunner, { value: own });
  const bound = await createWorkbench({ backend: 'cpu', container });
  expect((await modelOf(bound)).runner).toBe(own);
  bound.dispose();
});

it('warns of what cannot be captured', async () => {
  const warnings: string[] = [];
  let refuse: ((name: string, error: CaptureError) => void) | undefined;
  cpuProvider.runner = ({ onRefusal }) => {
    refuse = onRefusal;
    return own;
  };
  const logger = { info: () => undefined, warn: (message: string) => void warnings.push(message) };
  const workbench = await createWorkbench({ backend: 'cpu', logger });
  refuse?.('evaluation', new CaptureError('it reads values.', { part: 'fusion (odd)' }));
  expect(warnings).toEqual([
    'the evaluation runs operation by operation, since it cannot be captured: fusion (odd): it reads values.',
  ]);
  workbench.dispose();
});
