import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { byteProgress } from './byteProgress.js';
import { Progress } from './progress.js';
import { Terminal } from './terminal.js';

function terminalOf() {
  const written: string[] = [];
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  stream.write = (chunk: unknown) => written.push(String(chunk)) > 0;
  const signals = { on: () => undefined, off: () => undefined, exit: () => undefined };
  const terminal = new Terminal({ stdin: stream, stdout: stream, stderr: stream, env: { NO_COLOR: '1' }, signals });
  return { terminal, text: () => written.join('') };
}

it('draws a bar for a download and leaves a line in its place', () => {
  const { terminal, text } = terminalOf();
  const show = byteProgress(terminal);
  show('model.safetensors', 1024, 4096);
  expect(text()).toMatch(/model\.safetensors .*25% {2}1\.00 KiB of 4\.00 KiB/);
  show('model.safetensors', 4096, 4096);
  expect(text()).toContain('model.safetensors: 4.00 KiB\n');
  expect(Progress.on(terminal)).toBeUndefined();
});

it('draws beside the bars that are there, and leaves them', () => {
  const { terminal } = terminalOf();
  const progress = new Progress(terminal);
  progress.bar('training').update(1, 2);
  byteProgress(terminal)('a', 5, 5);
  expect(Progress.on(terminal)).toBe(progress);
  progress.close();
  expect(Progress.on(terminal)).toBeUndefined();
});
