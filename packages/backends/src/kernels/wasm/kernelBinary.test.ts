import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

it('the committed kernels are what assembly/ compiles to', async () => {
  const folder = resolve(import.meta.dirname, '../../..');
  const { kernelSource } = (await import(resolve(folder, 'tools/buildKernels.mjs'))) as {
    kernelSource: () => Promise<string>;
  };
  expect(await kernelSource()).toBe(readFileSync(resolve(folder, 'src/kernels/wasm/kernelBinary.ts'), 'utf8'));
});
