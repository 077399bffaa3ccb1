import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTessera } from '../../../../test/runTessera.js';
import { writeTinyFiles } from '../../../../test/tinyFiles.js';

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
beforeAll(async () => {
  writeTinyFiles((folder = mkdtempSync(join(tmpdir(), 'tessera-inspect-'))));
  expect((await runTessera(['train', at('tiny.json'), '--to', at('run')])).code).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

const inspect = async (path: string, ...args: string[]) => (await runTessera(['inspect', at(path), ...args])).out;

describe('tessera inspect', () => {
  it('shows parts, parameters by group and memory, of a spec and of its run alike', async () => {
    const out = await inspect('tiny.json');
    expect(out).toMatch(/^modality text +wordpiece, at most 8 tokens × 8$/m);
    expect(out).toMatch(/^head kind +single-label, 2 outputs \(fruit, tool\); accuracy, macro-f1$/m);
    expect(out).toMatch(/^memory +[\d.]+ KiB to predict; [\d.]+ KiB to train/m);
    expect(out).toMatch(/^fusion\.layers\.0 +16 arrays +[\d,]+ +weight$/m);
    expect(await inspect('run')).toBe(out);
  });

  it('lists every parameter, and its sums agree with the groups', async () => {
    const counts = (text: string): number =>
      text
        .split('\n')
        .map((line) => /^(?:fusion|heads|modalities)\.\S+ .*? ([\d,]+) +(?:weight|buffer)/.exec(line)?.[1] ?? '0')
        .reduce((sum, count) => sum + Number(count.replace(',', '')), 0);
    const all = await inspect('tiny.json', '--all');
    expect(all).toMatch(/^fusion\.pooler\.weight +\[8, 8\] +64 +weight$/m);
    const { numParameters, parameters } = JSON.parse(await inspect('tiny.json', '--json')) as {
      numParameters: number;
      parameters: { shape: number[] }[];
    };
    expect(counts(all)).toBe(numParameters);
    expect(counts(await inspect('tiny.json'))).toBe(numParameters);
    const sizes = parameters.map(({ shape }) => shape.reduce((product, size) => product * size, 1));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(numParameters);
  });

  it('takes overrides', async () => {
    expect(await inspect('tiny.json', '--set', 'fusion.hiddenSize=16')).toContain('joint state of 16');
  });
});
