import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runTessera } from '../../../../test/runTessera.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-init-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const writePicture = (place: string) =>
  sharp({ create: { width: 8, height: 8, channels: 3, background: '#c40' } })
    .png()
    .toFile(join(place, '1.png'));

describe('tessera init', () => {
  it.each(['mmbt', 'text', 'image', 'concat'])('%s: its spec fits the row that it shows', async (template) => {
    const place = join(folder, `my ${template}`);
    const { code, notes } = await runTessera(['init', place, '--template', template]);
    expect(code).toBe(0);
    const file = join(place, 'spec.yaml');
    expect(notes).toContain(`tessera train '${file}'`);
    const row = /^ +(\{.*\})$/m.exec(notes)?.[1] ?? '';
    expect(readFileSync(file, 'utf8')).toContain(row);
    await writePicture(place);
    const rows = ['cat', 'dog'].map((label) => row.replace('pictures/1.png', '1.png').replace('cat', label));
    for (const split of ['train', 'validation', 'test']) writeFileSync(join(place, `${split}.jsonl`), rows.join('\n'));
    const inspected = await runTessera(['inspect', file, '--json']);
    expect(inspected.notes).toBe('');
    expect(JSON.parse(inspected.out)).toMatchObject({
      name: `my-${template}`,
      heads: { label: { labels: ['cat', 'dog'] } },
    });
  });

  it.each(['mmbt', 'text'])('%s --recipe modern: a spec that trains by the recipe', async (template) => {
    const place = join(folder, `modern-${template}`);
    const { code } = await runTessera(['init', place, '--template', template, '--recipe', 'modern']);
    expect(code).toBe(0);
    await writePicture(place);
    const rows = ['cat', 'dog'].map((label) => JSON.stringify({ image: '1.png', text: `a ${label}`, label }));
    for (const split of ['train', 'validation', 'test']) writeFileSync(join(place, `${split}.jsonl`), rows.join('\n'));
    const small = ['fusion.hiddenSize=8', 'fusion.numHeads=2', 'fusion.numLayers=1', 'training.epochs=1'];
    const narrow = template === 'mmbt' ? ['modalities.image.width=1', 'modalities.image.input.size=16'] : [];
    const sets = [...small, ...narrow].flatMap((set) => ['--set', set]);
    const trained = await runTessera(['train', join(place, 'spec.yaml'), '--to', join(place, 'run'), ...sets]);
    expect(trained.notes).not.toMatch(/error/);
    expect(trained.code).toBe(0);
    const spec = readFileSync(join(place, 'run/checkpoints/epoch-0001/spec.yaml'), 'utf8');
    expect(parse(spec)).toMatchObject({
      training: { clipNorm: 1, keep: 'last', schedule: { type: 'cosine', warmup: 0.1 } },
    });
  });

  it('leaves a spec that is there alone', async () => {
    const place = join(folder, 'twice');
    await runTessera(['init', place]);
    const { code, notes } = await runTessera(['init', place, '--template', 'text']);
    expect(code).toBe(2);
    expect(notes).toContain('it exists already');
    expect(readFileSync(join(place, 'spec.yaml'), 'utf8')).toContain('resnet18');
  });

  it.each([
    [['--recipe', 'paper'], /--recipe paper and --task go together, got --recipe paper alone/],
    [['--recipe', 'modern', '--task', 'vsnli'], /got --recipe modern and --task vsnli/],
    [['--recipe', 'old'], /Allowed choices are modern, paper/],
    [['--task', 'mmimdb'], /got --task alone/],
    [['--recipe', 'paper', '--task', 'imdb'], /Allowed choices are mmimdb, food101, vsnli, hateful-memes/],
    [['--recipe', 'paper', '--task', 'vsnli', '--template', 'text'], /writes MMBT, got --template text/],
  ])('refuses %j', async (args, message) => {
    const { code, notes } = await runTessera(['init', join(folder, 'refused'), ...args]);
    expect(notes).toMatch(message);
    expect(code).toBe(2);
  });
});
