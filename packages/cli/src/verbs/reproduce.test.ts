import { appendFileSync, cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunFolder } from '@tessera/training';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runTessera, type RunOptions } from '../../../../test/runTessera.js';
import { jsonLines, tinyFileSpec, tinyRows, writeTinyFiles } from '../../../../test/tinyFiles.js';

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
beforeAll(async () => {
  writeTinyFiles((folder = mkdtempSync(join(tmpdir(), 'tessera-reproduce-'))));
  expect((await runTessera(['train', at('bow.json'), '--to', at('run')])).code).toBe(0);
  cpSync(at('run'), at('kept'), { recursive: true });
});
beforeEach(() => {
  for (const name of ['run', 'run-again']) rmSync(at(name), { recursive: true, force: true });
  cpSync(at('kept'), at('run'), { recursive: true });
  writeTinyFiles(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const reproduce = (args: readonly string[] = [], options: RunOptions = {}) =>
  runTessera(['reproduce', at('run'), ...args], options);

/** Changes what run.json says. */
function editRecord(change: (record: Record<string, Record<string, unknown>>) => void): void {
  const record = JSON.parse(readFileSync(at('run/run.json'), 'utf8')) as Record<string, Record<string, unknown>>;
  change(record);
  writeFileSync(at('run/run.json'), JSON.stringify(record));
}

describe('tessera reproduce', () => {
  it('trains again and finds every figure and parameter equal', async () => {
    const { code, out, notes } = await reproduce();
    expect(code, notes).toBe(0);
    expect(out).toMatch(/\nfigure +run +again +difference +tolerance\n/);
    expect(out).toMatch(/\ntraining loss +\d\.\d{3} +\d\.\d{3} +0 +0 +equal\n/);
    expect(out).toMatch(/\ntest kind\.accuracy +\d\.\d{3} +\d\.\d{3} +0 +0 +equal\n/);
    expect(out).toMatch(/\nlargest difference of a parameter +0 +0 +equal\n/);
    expect(out).toMatch(/Same backend, versions and machine.*\nReproduced\.\n$/);
    expect(notes).toContain('bow  epoch 2/2');
    expect(new RunFolder(at('run-again')).read().status).toBe('finished');
  });

  it('draws bars as training does', async () => {
    const { notes } = await reproduce([], { columns: 120 });
    expect(notes).toMatch(/data {2}[█▉▊▋▌▍▎▏·]+ +\d+% {2}comparing hashes/);
    expect(notes).toMatch(/bow {2}[█▉▊▋▌▍▎▏·]+ +\d+% {2}epoch 2\/2 /);
  });

  it('ends with 1 where a figure is another on the same backend, versions and machine', async () => {
    editRecord(({ test = {} }) => (test['kind.accuracy'] = (test['kind.accuracy'] as number) - 0.001));
    const { code, out } = await reproduce();
    expect(code).toBe(1);
    expect(out).toMatch(/\ntest kind\.accuracy +\d\.\d{3} +\d\.\d{3} +0\.001 +0 +outside\n/);
    expect(out).toMatch(/\nNot reproduced\.\n$/);
  });

  it('allows figures two standard errors under another version, and says what is another', async () => {
    editRecord(({ test = {}, testSpread = {}, versions = {} }) => {
      test['kind.accuracy'] = (test['kind.accuracy'] as number) - 0.001;
      testSpread['kind.accuracy'] = 0.01;
      versions['tfjs'] = '4.21.0';
    });
    const { code, out } = await reproduce();
    expect(code).toBe(0);
    expect(out).toMatch(/\ntest kind\.accuracy .* 0\.001 +0\.02 +within\n/);
    expect(out).toMatch(/Not everything is the same: tfjs: 4\.21\.0, now 4\.22\.0\./);
    editRecord(({ test = {} }) => (test['kind.accuracy'] = (test['kind.accuracy'] as number) - 0.1));
    expect((await reproduce(['--overwrite'])).code).toBe(1);
  });

  it('gives the comparison as JSON', async () => {
    const found = JSON.parse((await reproduce(['--json'])).out) as { figures: { name: string }[] };
    expect(found).toMatchObject({ again: at('run-again'), isExact: true, parameters: 0, isReproduced: true });
    expect(found.figures.map(({ name }) => name)).toContain('validation kind.accuracy');
  });

  it('finds the data in another folder when it is named', async () => {
    const moved = mkdtempSync(join(tmpdir(), 'tessera-moved-'));
    for (const split of ['train', 'validation', 'test'])
      renameSync(at(`${split}.jsonl`), join(moved, `${split}.jsonl`));
    const lost = await reproduce();
    expect(lost.code).toBe(2);
    expect(lost.notes).toMatch(/data\.train: must be a file that can be read, got .*\n.*--data FOLDER names/);
    expect((await reproduce(['--data', moved])).code).toBe(0);
    const set = ['train', 'validation', 'test'].flatMap((name) => ['--set', `data.${name}=${moved}/${name}.jsonl`]);
    expect((await reproduce([...set, '--overwrite'])).code).toBe(0);
    rmSync(moved, { recursive: true });
  });

  it('needs no vocabulary file: the run has it', async () => {
    writeFileSync(at('vocab.txt'), ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a', 'pear', 'saw'].join('\n'));
    const modalities = { text: { encoder: 'wordpiece', vocab: './vocab.txt', maxTokens: 8 } };
    writeFileSync(at('given.json'), JSON.stringify(tinyFileSpec({ modalities })));
    expect((await runTessera(['train', at('given.json'), '--to', at('run'), '--overwrite'])).code).toBe(0);
    rmSync(at('vocab.txt'));
    expect((await reproduce()).code).toBe(0);
  });

  it('refuses data that changed, before it trains', async () => {
    appendFileSync(at('train.jsonl'), jsonLines(tinyRows(13).slice(12)));
    const { code, notes } = await reproduce();
    expect(code).toBe(2);
    expect(notes).toMatch(/data must be what the run was trained on, .*data\.sha256 lists \(1 changed: train\.jsonl\)/);
    expect(() => new RunFolder(at('run-again')).read()).toThrow('the folder does not exist');
  });

  it('refuses a run whose list of hashes is lost', async () => {
    rmSync(at('run/data.sha256'));
    const { code, notes } = await reproduce();
    expect(code).toBe(2);
    expect(notes).toMatch(/data\.sha256: must be the list of hashes that run\.json tells of, got no such file/);
  });

  it('compares tables alone for a run without hashes of files', async () => {
    editRecord(({ data = {} }) => Reflect.deleteProperty(data, 'files'));
    const { code, notes } = await reproduce();
    expect([code, notes]).toEqual([0, expect.stringContaining('only tables are compared')]);
    appendFileSync(at('test.jsonl'), jsonLines(tinyRows(5).slice(4)));
    expect((await reproduce(['--overwrite'])).notes).toMatch(/its tables have another content/);
  });

  it('takes the backend of the run, and another with a warning where that is not to be had', async () => {
    expect((await reproduce()).notes).toContain('backend cpu: ');
    editRecord(({ versions = {} }) => (versions['backend'] = 'none-such'));
    const { notes, out } = await reproduce(['--overwrite']);
    expect(notes).toMatch(/^warning: openBackend: backend must be one of .*got backend="none-such"/);
    expect(out).toMatch(/Not everything is the same: .*backend: none-such, now \w+/);
  });

  it.each([
    [['--set', 'training.epochs=1'], /takes paths of the data alone, .*got "training\.epochs=1"/],
    [['--to', ''], /It must not be empty/],
    [['--data', '/nowhere'], /data\.train: must be a file that can be read, got \/nowhere\/train\.jsonl/],
  ])('refuses %j', async (args, message) => {
    const { code, notes } = await reproduce(args);
    expect(notes).toMatch(message);
    expect(code).toBe(2);
  });

  it('refuses to write over the run, or over another without being told', async () => {
    expect((await reproduce(['--to', at('run')])).notes).toMatch(/--to: must be another folder than the run/);
    const { code, notes } = await reproduce(['--to', at('kept')]);
    expect([code, notes]).toEqual([2, expect.stringContaining('the output folder exists already')]);
  });

  it('says what is wrong with a run.json that is no record', async () => {
    const record = readFileSync(at('run/run.json'), 'utf8');
    writeFileSync(at('run/run.json'), 'null');
    expect((await reproduce()).notes).toMatch(/run\.json: must hold the record of a run, got a fault at run \(/);
    writeFileSync(at('run/run.json'), record.replace('"history"', '"past"'));
    const { code, notes } = await reproduce();
    expect([code, notes]).toEqual([2, expect.stringContaining('got a fault at run.history (')]);
    writeFileSync(at('run/run.json'), record);
  });

  it('refuses a packed run', async () => {
    writeFileSync(at('run.tessera'), '');
    const { code, notes } = await runTessera(['reproduce', at('run.tessera')]);
    expect([code, notes]).toEqual([2, expect.stringContaining('must be a run folder, got a packed run')]);
  });

  it('refuses a run that is not finished', async () => {
    editRecord((record) => Object.assign(record, { status: 'interrupted' }));
    const { code, notes } = await reproduce();
    expect([code, notes]).toEqual([2, expect.stringContaining('only a finished run can be reproduced')]);
  });

  it('refuses a run whose data came from a program, and what is no run', async () => {
    expect((await runTessera(['reproduce', at('nothing')])).notes).toMatch(/not a run, the folder does not exist/);
    const checkpoint = at('run/checkpoints', new RunFolder(at('run')).read().checkpoints.best ?? '');
    const spec = readFileSync(join(checkpoint, 'spec.yaml'), 'utf8');
    writeFileSync(join(checkpoint, 'spec.yaml'), spec.replace(/^data:\n( .*\n)+/m, ''));
    expect((await reproduce()).notes).toMatch(/data must stand in the spec, got a run whose data came from a program/);
  });
});
