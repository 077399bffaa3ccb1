// Every example of the READMEs is run: TypeScript by the compiler's rules and for real, YAML as a spec, `tessera` lines as
// commands, all in a folder that has what the examples name (cat.png, vocab.txt, the rows, downloads, a trained runs/mmbt).
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { Writable } from 'node:stream';
import { main } from '@tessera/cli';
import { brokenRules } from '@tessera/testing';
import sharp from 'sharp';
import { createWorkbench, type Plugin } from 'tessera';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';

const root = resolve(import.meta.dirname, '..');
const readmes = [
  'README.md',
  'docs/plugins.md',
  ...readdirSync(join(root, 'packages'))
    .map((name) => `packages/${name}/README.md`)
    .filter((f) => existsSync(join(root, f))),
];

interface Example {
  readonly name: string;
  readonly language: string;
  readonly code: string;
}

const examples: Example[] = readmes.flatMap((file) => {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => {
    const line = text.slice(0, text.indexOf(code)).split('\n').length;
    return { name: `${file}, line ${line}`, language, code };
  });
});
const inLanguage = (language: string): [string, string][] =>
  examples.filter((example) => example.language === language).map(({ name, code }) => [name, code]);

/** Modules have to lie inside the checkout to find the packages. */
const modules = join(root, '.cache', 'documentation', String(process.pid));
const scriptOf = (name: string): string => join(modules, `${name.replaceAll(/\W+/g, '-')}.ts`);

const startFolder = process.cwd();
let folder: string;

/** Runs the command with its output kept. */
async function tessera(args: readonly string[]): Promise<{ code: number; printed: string }> {
  const printed: string[] = [];
  const sink = (): Writable =>
    new Writable({
      write: (chunk: Buffer, _, done) => {
        printed.push(String(chunk));
        done();
      },
    });
  const code = await main(args, { streams: { stdout: sink(), stderr: sink() } });
  return { code, printed: printed.join('') };
}

async function writeWorld(): Promise<void> {
  const picture = await sharp({ create: { width: 32, height: 32, channels: 3, background: '#fa0' } })
    .png()
    .toBuffer();
  writeFileSync('cat.png', picture);
  writeFileSync('vocab.txt', ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a', 'cat', 'dog', 'pet'].join('\n'));
  const rows = ['cat', 'dog'].flatMap((label) =>
    ['a', 'the', 'my', 'one'].map((word) => JSON.stringify({ image: 'cat.png', text: `${word} ${label}`, label })),
  );
  for (const name of ['train', 'dev', 'test']) writeFileSync(`${name}.jsonl`, `${rows.join('\n')}\n`);
  writeFilms('downloads/mmimdb', picture);
  const [, spec = ''] = inLanguage('yaml').find(([name]) => name.startsWith('README.md')) ?? [];
  writeFileSync('mmbt.yaml', spec);
  const trained = await tessera(['train', 'mmbt.yaml', '--set', 'training.epochs=1']);
  if (trained.code !== 0) throw new Error(trained.printed);
}

/** MM-IMDB as its archive unpacks, with one film in each split. */
function writeFilms(place: string, poster: Uint8Array): void {
  const splits = { train: ['0000001'], dev: ['0000002'], test: ['0000003'] };
  mkdirSync(join(place, 'dataset'), { recursive: true });
  writeFileSync(join(place, 'split.json'), JSON.stringify(splits));
  for (const id of Object.values(splits).flat()) {
    writeFileSync(join(place, 'dataset', `${id}.json`), JSON.stringify({ plot: ['A plot.'], genres: ['Drama'] }));
    writeFileSync(join(place, 'dataset', `${id}.jpeg`), poster);
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-documentation-'));
  process.chdir(folder);
  mkdirSync(modules, { recursive: true });
  for (const [name, code] of inLanguage('ts')) writeFileSync(scriptOf(name), code);
  await writeWorld();
});
afterAll(() => {
  process.chdir(startFolder);
  for (const path of [folder, modules]) rmSync(path, { recursive: true });
});

describe('every package', () => {
  it.each(readmes)('has an example in %s', (file) => {
    expect(examples.some(({ name, language }) => name.startsWith(`${file},`) && language === 'ts')).toBe(true);
  });
});

describe('TypeScript', () => {
  let program: ts.Program;
  beforeAll(() => {
    const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), (file) => ts.sys.readFile(file));
    const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, root);
    const scripts = inLanguage('ts').map(([name]) => scriptOf(name));
    program = ts.createProgram(scripts, { ...options, composite: false, incremental: false, noEmit: true });
  });

  it.each(inLanguage('ts'))('of %s compiles', (name) => {
    const source = program.getSourceFile(scriptOf(name));
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
  });

  it.each(inLanguage('ts'))('of %s runs', async (name) => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      await expect(import(scriptOf(name))).resolves.toBeDefined();
    } finally {
      log.mockRestore();
      write.mockRestore();
    }
  });
});

describe('the plugin of README.md', () => {
  it('keeps to the contract of its kind', async () => {
    const [name = ''] = inLanguage('ts').find(([, code]) => code.includes('export const plugin')) ?? [];
    const { plugin } = (await import(scriptOf(name))) as { plugin: Plugin };
    await createWorkbench({ backend: 'cpu' });
    const samples = [
      [1, 2, 3],
      [3, 2, 1],
      [0, 0, 1],
    ];
    const sensor = { options: { readings: 3 }, samples, faults: [{ raw: [1, 2], names: 'got 2' }] };
    expect(await brokenRules([plugin], { encoder: { sensor: [sensor] } })).toEqual([]);
  });
});

describe('YAML', () => {
  it.each(inLanguage('yaml'))('of %s is a spec or a part of one', async (_, code) => {
    const workbench = await createWorkbench({ backend: 'cpu' });
    const base = {
      modalities: { text: { encoder: 'wordpiece' } },
      fusion: { type: 'bitransformer', hiddenSize: 8, numLayers: 1, numHeads: 2 },
      heads: { label: { type: 'single-label' } },
    };
    expect(workbench.resolve({ ...base, ...(parse(code) as object) }).name).toBeTypeOf('string');
  });
});

describe('the mistake that README.md shows', () => {
  it('gets that message', async () => {
    const shown = /^modalities\.image\.encoder: unknown encoder.*$/m.exec(
      readFileSync(join(root, 'README.md'), 'utf8'),
    );
    const workbench = await createWorkbench();
    const spec = {
      modalities: { image: { encoder: 'resnet512' } },
      fusion: { type: 'concat' },
      heads: { label: { type: 'single-label', labels: ['a', 'b'] } },
    };
    expect(() => workbench.resolve(spec)).toThrow(`${shown?.[0]}`);
  });
});

describe('commands', () => {
  const lines = examples
    .filter(({ language }) => language === 'sh')
    .flatMap(({ code, name }) =>
      code
        .split('\n')
        .map((line) => line.replace(/\s+#.*/, '').replace(/ > \S+$/, ''))
        // Not those that train for long, or download and keep gigabytes.
        .filter((line) => /^(npx )?tessera (?!compare|backend install)/.test(line))
        .map((line): [string, string[]] => [
          `${line} (${relative('.', name)})`,
          [...line.replace(/^(npx )?tessera /, '').matchAll(/"([^"]*)"|(\S+)/g)].map(([, a, b]) => a ?? b ?? ''),
        ]),
    );

  it.each(lines)('%s', async (line, args) => {
    const verb = args[0] === 'train' ? [...args, '--overwrite', '--set', 'training.epochs=1'] : args;
    const { code, printed } = await tessera(verb);
    expect(code, `${line}: ${printed}`).toBe(0);
  });
});
