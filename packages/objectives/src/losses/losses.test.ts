import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { setBackend } from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lossesChecks } from '../../../../test/parity/kinds/losses.js';
describe('l', () => {
  it.each(['cpu', 'wasm'])('x %s', async (b) => {
    await setBackend(b);
    const c = await lossesChecks(JSON.parse(readFileSync('test/fixtures/losses.json', 'utf8')));
    console.log(
      c.length,
      c.filter((x) => !(x.error <= x.tolerance)),
      c.sort((a, b) => b.error - a.error).slice(0, 3),
    );
    expect(c.filter((x) => !(x.error <= x.tolerance))).toEqual([]);
  });
});
