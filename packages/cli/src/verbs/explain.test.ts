// `tessera explain`, and the reports that train and evaluate leave, on models small enough to train here.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Attribution } from '@tessera/reports';
import { main } from '../main.js';

let folder: string;
const at = (name: string): string => join(folder, name);

/** Runs a command with its output kept. */
async function tessera(...args: string[]): Promise<{ code: number; out: string; notes: string }> {
  const [out, notes]: [string[], string[]] = [[], []];
  const into = (lines: string[]): Writable =>
    new Writable({
      write: (chunk: Buffer, _, done) => {
        lines.push(String(chunk));
        done();
      },
    });
  const streams = { stdout: into(out), stderr: into(notes), env: { NO_COLOR: '1' } };
  const code = await main(args, { streams });
  return { code, out: out.join(''), notes: notes.join('') };
}

const image = { encoder: 'resnet18', width: 4, stem: 'small', input: { size: 16 }, pool: { grid: [2, 2] } };
const spec = (name: string, parts: Record<'modalities' | 'fusion', Record<string, unknown>>): string =>
  JSON.stringify({
    name,
    ...parts,
    heads: { label: { type: 'single-label' } },
    data: { type: 'jsonl', train: 'rows.jsonl', validation: 'rows.jsonl', test: 'rows.jsonl' },
    training: { epochs: 1, batchSize: 4 },
  });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-explain-'));
  const picture = sharp({ create: { width: 16, height: 16, channels: 3, background: '#c40' } });
  await picture.png().toFile(at('a.png'));
  const rows = ['a cat', 'a dog', 'my cat', 'my dog'].map((text) => ({
    image: 'a.png',
    text,
    label: text.endsWith('cat') ? '<i>cat</i>' : 'dog',
  }));
  writeFileSync(at('rows.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  const modalities = { image, text: { encoder: 'wordpiece', maxTokens: 8 } };
  const fusion = { type: 'bitransformer', hiddenSize: 8, numLayers: 1, numHeads: 2, maxPositions: 16 };
  writeFileSync(at('mmbt.json'), spec('mmbt', { modalities, fusion }));
  writeFileSync(
    at('concat.json'),
    spec('bow', { modalities: { text: { encoder: 'bow' } }, fusion: { type: 'concat' } }),
  );
  for (const name of ['mmbt', 'concat']) {
    const { code, notes } = await tessera('train', at(`${name}.json`), '--to', at(name));
    if (code !== 0) throw new Error(notes);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('tessera explain', () => {
  it('shows the prediction and the share of each region and word', async () => {
    const { code, out } = await tessera('explain', at('mmbt'), '--image', at('a.png'), '--text', 'my cat');
    expect(code).toBe(0);
    expect(out).toMatch(/^label: (<i>cat<\/i>|dog) \(/);
    expect(out).toMatch(
      /Attention of \[CLS\], last layer .*\nimage: \d+\.\d %\n(\s+\d+\.\d % ){2}\n(\s+\d+\.\d % ){2}\n/,
    );
    expect(out).toMatch(/ my +\d+\.\d %/);
    expect(out).toMatch(/\n\[CLS\] and \[SEP\]: \d+\.\d %/);
  });

  it('says what is missing and whether a row of the data is predicted right', async () => {
    expect((await tessera('explain', at('mmbt'), '--text', 'my cat')).out).toContain('image: not given');
    expect((await tessera('explain', at('mmbt'), '--row', '2')).out).toMatch(/, which is right|, true: dog/);
  });

  it('gives JSON whose shares come to 1', async () => {
    const { out } = await tessera('explain', at('mmbt'), '--row', '1', '--json');
    const { predictions, attributions } = JSON.parse(out) as {
      predictions: { label: Record<string, number> };
      attributions: Attribution[];
    };
    expect(Object.keys(predictions.label)).toEqual(['<i>cat</i>', 'dog']);
    expect(attributions.map(({ method }) => method)).toEqual(['attention']);
    const { modalities = [], rest = {} } = attributions[0] ?? {};
    expect(modalities.map(({ modality, tokens }) => [modality, tokens.length])).toEqual([
      ['image', 4],
      ['text', 2],
    ]);
    expect(modalities.reduce((sum, { total }) => sum + total, rest['[CLS] and [SEP]'] ?? NaN)).toBeCloseTo(1, 5);
  });

  it('rolls attention out through the layers, and [CLS] keeps half of itself in each', async () => {
    const { out } = await tessera('explain', at('mmbt'), '--row', '1', '--method', 'rollout');
    expect(out).toMatch(/Attention rollout \(share of what reaches \[CLS\]\)\nimage: \d+\.\d %\n/);
    expect(Number(/\[CLS\] and \[SEP\]: (\d+\.\d) %/.exec(out)?.[1])).toBeGreaterThanOrEqual(50);
    expect(out).not.toContain('Attention of [CLS]');
  });

  it('shows what each modality adds to the prediction, and starts from what no model tells', async () => {
    const { out } = await tessera('explain', at('mmbt'), '--row', '1');
    expect(out).toMatch(
      /label: contribution of each modality \(exact Shapley values; none: every class equally likely\)/,
    );
    expect(out).toMatch(/probability of (<i>cat<\/i>|dog)\n  none +50\.0 %\n  image +[+−]\d+\.\d % [█░]*\n?/);
    const figures = [...out.matchAll(/^ {2}(?:none|image|text|all) +([+−]?)(\d+\.\d) %/gm)].map(
      ([, sign, figure]) => Number(figure) * (sign === '−' ? -1 : 1),
    );
    const [none = NaN, image = NaN, text = NaN, all = NaN] = figures;
    expect(figures).toHaveLength(4);
    expect(Math.abs(none + image + text - all)).toBeLessThan(0.21); // each figure is rounded
    expect((await tessera('explain', at('mmbt'), '--text', 'my cat')).out).toMatch(/none +50\.0 %\n  text .*\n  all/);
  });

  it('gives JSON whose contributions come to what is predicted', async () => {
    const { out } = await tessera('explain', at('mmbt'), '--row', '1', '--json');
    const { predictions, contributions } = JSON.parse(out) as {
      predictions: { label: Record<string, number> };
      contributions: { label: { labels: string[]; none: number[]; modalities: Record<string, number[]> } };
    };
    const { labels, none, modalities } = contributions.label;
    expect(Object.keys(modalities)).toEqual(['image', 'text']);
    labels.forEach((label, c) => {
      const sum = Object.values(modalities).reduce((total, values) => total + (values[c] ?? NaN), none[c] ?? NaN);
      expect(sum).toBeCloseTo(predictions.label[label] ?? NaN, 5);
    });
  });

  it('explains a model whose fusion has no attention by what its inputs add', async () => {
    const args = ['explain', at('concat'), '--text', 'a cat', '--method', 'integrated-gradients', '--steps', '16'];
    const { code, out, notes } = await tessera(...args, '--html', at('concat.html'));
    expect(code, notes).toBe(0);
    expect(out).toMatch(/^label: .*\n\nlabel: contribution of each modality .*\n .*\n {2}none +50\.0 %\n {2}text /);
    expect(out).toMatch(/Integrated gradients, head label: .*\(added to the logit of .*\)\ntext: [+−]\d/);
    const page = readFileSync(at('concat.html'), 'utf8');
    expect(page).toContain('Contribution of each modality, head label');
    expect(page).not.toMatch(/[Aa]ttention of/);
    const plain = await tessera('explain', at('concat'), '--text', 'a cat');
    expect(plain.code).toBe(0); // attention is shown where there is some, not asked for
    expect(plain.out).not.toContain('Attention');
  });

  it('gives what each token adds, and the gap that the steps leave', async () => {
    const args = ['explain', at('mmbt'), '--row', '1', '--method', 'integrated-gradients', '--steps', '64'];
    const { out } = await tessera(...args);
    expect(out).toMatch(/Integrated gradients, head label: .+\nimage: [+−].*\n( +[+−]\d\.\d{3} ){2}\n/);
    expect(out).toMatch(/text: [+−]\d.*\n a +[+−]\d.*\n cat +[+−]\d/);
    expect(out).toMatch(/tokens of zeros: [+−]\d+\.\d+; completeness gap: .*\n$/);
    const { attributions } = JSON.parse((await tessera(...args, '--json')).out) as { attributions: Attribution[] };
    const { head, modalities = [], rest } = attributions[0] ?? {};
    expect(head).toBe('label');
    expect(modalities.map(({ tokens }) => tokens.length)).toEqual([4, 2]);
    const added = modalities.reduce((sum, { total }) => sum + total, 0);
    expect(Math.abs(rest?.['completeness gap'] ?? NaN)).toBeLessThan(0.05 * Math.abs(added) + 1e-3);
  });

  it('writes a page and figures that hold the picture and nothing from elsewhere', async () => {
    const methods = ['--method', 'attention,rollout', '--method', 'integrated-gradients', '--steps', '8'];
    const to = ['--html', at('page.html'), '--figures', at('figures')];
    const { code, notes } = await tessera('explain', at('mmbt'), '--row', '1', ...methods, ...to);
    expect(code).toBe(0);
    expect(notes).toContain(at('page.html'));
    const figures = ['attention.svg', 'rollout.svg', 'integrated-gradients-label.svg'].map((name) =>
      join(at('figures'), name),
    );
    for (const file of figures) {
      expect(notes).toContain(`Figure: ${file}`);
      expect(readFileSync(file, 'utf8')).toMatch(/^<svg\s.*href="data:image\/png;base64,.*<\/svg>$/s);
    }
    const page = readFileSync(at('page.html'), 'utf8');
    expect(page).toMatch(/<img\s+src="data:image\/png;base64,/);
    expect(page).toContain('&lt;i&gt;cat&lt;/i&gt;');
    for (const title of [
      'Contribution of each modality, head label',
      'Attention rollout',
      'Integrated gradients, head label',
    ])
      expect(page).toContain(title);
    expect(page).not.toMatch(/<i>cat|<script|(src|href)="(?!data:|#)/);
  });

  it.each([
    ['layers that there are not', ['mmbt', '--row', '1', '--layers', 'first'], /Allowed choices are last, all/],
    [
      'a method that there is not',
      ['mmbt', '--row', '1', '--method', 'lime'],
      /'lime' is invalid.*attention, rollout, integrated-gradients/,
    ],
    ['no method', ['mmbt', '--row', '1', '--method', ''], /--method.*Allowed choices are/],
    [
      'rollout without attention',
      ['concat', '--text', 'a', '--method', 'rollout'],
      /attention rollout needs .*got fusion "concat".*integrated gradients/,
    ],
    [
      'attention asked for without attention',
      ['concat', '--text', 'a', '--method', 'attention'],
      /needs one attention .*got fusion "concat"/,
    ],
    [
      'layers of no attention',
      ['mmbt', '--row', '1', '--method', 'rollout', '--layers', 'all'],
      /--layers: goes with --method attention only, got --layers all, --method rollout/,
    ],
    [
      'steps of no integral',
      ['mmbt', '--row', '1', '--steps', '4'],
      /--steps: goes with --method integrated-gradients only/,
    ],

    ['a row beyond the data', ['mmbt', '--row', '5'], /--row: test has 4 rows, got 5/],
    ['no input', ['mmbt'], /no input given/],
    ['a picture that is not there', ['mmbt', '--image', 'no.png'], /image: .*no\.png/],
    [
      'a page in no folder',
      ['mmbt', '--row', '1', '--html', 'no/folder/a.html'],
      /no\/folder\/a\.html: there is no such/,
    ],
  ])('refuses %s with one message', async (_, [run = '', ...args], message) => {
    const { code, notes } = await tessera('explain', at(run), ...args);
    expect(code).toBe(2);
    expect(notes).toMatch(message);
    expect(notes).not.toMatch(/\n\s+at /);
  });
});

describe('reports of a run', () => {
  it('are left by train, with curves, figures, samples and spec', () => {
    const page = readFileSync(at('mmbt/report.html'), 'utf8');
    for (const part of ['Figures on split test', 'Learning curves', 'head label, split test', 'samples of split test'])
      expect(page).toContain(part);
    expect(page).toContain('encoder: resnet18');
    expect(page).not.toContain(folder); // a report may be passed on
  });

  it('are left by evaluate for the split asked for', async () => {
    const { code, notes } = await tessera('evaluate', at('concat'), '--split', 'validation');
    expect(code).toBe(0);
    expect(notes).toContain(join(at('concat'), 'evaluation-validation.html'));
    expect(existsSync(at('concat/evaluation-validation.html'))).toBe(true);
    expect(readFileSync(at('concat/evaluation-validation.html'), 'utf8')).toContain('split validation');
  });
});
