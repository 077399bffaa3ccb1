import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isPacked } from '@tessera/training';
import { ZipFile } from '@tessera/weights/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTessera, type RunOptions } from '../../../../test/runTessera.js';
import { tinyFileSpec, writeTinyFiles } from '../../../../test/tinyFiles.js';
import { zipOf } from '../../../../test/zipOf.js';

let folder: string;
let elsewhere: string;
const at = (...names: string[]): string => join(folder, ...names);
const there = (...names: string[]): string => join(elsewhere, ...names);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-pack-'));
  elsewhere = mkdtempSync(join(tmpdir(), 'tessera-elsewhere-'));
  writeTinyFiles(at('task'));
  writeFileSync(at('task/tiny.json'), JSON.stringify(tinyFileSpec()));
  expect((await runTessera(['train', at('task/tiny.json'), '--to', at('run')])).code).toBe(0);
  expect((await runTessera(['pack', at('run'), there('model.tessera')])).code).toBe(0);
});
afterAll(() => [folder, elsewhere].forEach((path) => rmSync(path, { recursive: true })));

const pack = (...args: string[]) => runTessera(['pack', at('run'), ...args]);
const predict = (place: string, options: RunOptions = {}) =>
  runTessera(['predict', place, '--text', 'a pear', '--json'], options);

/** The members of a packed run. */
function membersOf(file: string): Record<string, Uint8Array> {
  const zip = new ZipFile(file, { name: 'a test', advice: '' });
  const bytes = readFileSync(file);
  const members = zip.names.map((name): [string, Uint8Array] => {
    const { start = 0, size = 0 } = zip.section(name) ?? {};
    return [name, bytes.subarray(start, start + size)];
  });
  zip.close();
  return Object.fromEntries(members);
}

describe('tessera pack', () => {
  it('makes one file of what predicting needs, with a bar on a terminal', async () => {
    const { code, notes } = await runTessera(['pack', at('run'), at('a.tessera')], { columns: 100 });
    expect(code).toBe(0);
    expect(notes).toMatch(/packing {2}[█▉▊▋▌▍▎▏·]+ +100% /);
    expect(notes).toMatch(/Packed: .*a\.tessera \(\d+(\.\d+)? KiB\)/);
    expect(Object.keys(membersOf(at('a.tessera')))).toEqual([
      'tessera.json',
      'spec.yaml',
      'assets/heads.kind/labels.json',
      'assets/heads.kind/target-statistics.json',
      'assets/modalities.text/vocab.txt',
      'model.safetensors',
    ]);
  });

  it('makes the same file of the same run', async () => {
    await pack(at('b.tessera'));
    expect(readFileSync(at('b.tessera')).equals(readFileSync(there('model.tessera')))).toBe(true);
  });

  it('tells nothing of where the run and its data were on the disk', () => {
    expect(readFileSync(there('model.tessera')).includes(folder)).toBe(false);
  });

  it('leaves out rows that stand in the spec', async () => {
    const row = { text: 'a secret', kind: 'fruit' };
    const data = { type: 'inline', train: [row, { ...row, kind: 'tool' }] };
    writeFileSync(at('inline.json'), JSON.stringify(tinyFileSpec({ data })));
    await runTessera(['train', at('inline.json'), '--to', at('inline')]);
    expect((await runTessera(['pack', at('inline'), at('inline.tessera')])).code).toBe(0);
    const { 'tessera.json': manifest, 'spec.yaml': spec } = membersOf(at('inline.tessera'));
    expect(Buffer.concat([manifest ?? Buffer.alloc(0), spec ?? Buffer.alloc(0)]).includes('secret')).toBe(false);
  });

  it.each([
    [['model.zip'], /the file must end in \.tessera, got "model\.zip"/],
    [['.tessera'], /the file must end in \.tessera, got "\.tessera"/],
    [['/nowhere/m.tessera'], /\/nowhere\/m\.tessera: cannot be written, ENOENT/],
    [['m.tessera', '--checkpoint', 'first'], /Allowed choices are best, last/],
  ])('refuses %j', async (args, message) => {
    const { code, notes } = await pack(...args);
    expect(notes).toMatch(message);
    expect(code).toBe(2);
  });

  it('replaces a file only when told, and packs no packed run', async () => {
    writeFileSync(at('there.tessera'), 'former');
    expect((await pack(at('there.tessera'))).notes).toMatch(/exists already\. Replace it with --overwrite/);
    expect(readFileSync(at('there.tessera'), 'utf8')).toBe('former');
    expect((await pack(at('there.tessera'), '--overwrite', '--json')).code).toBe(0);
    expect((await runTessera(['pack', at('there.tessera')])).notes).toMatch(/got a run that is packed already/);
    expect((await runTessera(['pack', at('none')])).notes).toMatch(/not a run, the folder does not exist/);
  });
});

describe('a packed run', () => {
  it('predicts as its run folder, without the task’s folder', async () => {
    const { out } = await predict(at('run'));
    cpSync(at('run'), at('kept'), { recursive: true });
    cpSync(at('task'), at('kept-task'), { recursive: true });
    for (const name of ['run', 'task']) rmSync(at(name), { recursive: true });
    const packed = await predict(there('model.tessera'));
    cpSync(at('kept'), at('run'), { recursive: true });
    cpSync(at('kept-task'), at('task'), { recursive: true });
    expect(packed).toMatchObject({ code: 0, out });
  });

  it('is known by its content where it has another name', async () => {
    cpSync(there('model.tessera'), there('model.bin'));
    expect(isPacked(there('model.bin'))).toBe(true);
    expect((await predict(there('model.bin'))).code).toBe(0);
  });

  it('is evaluated on data that is named, with what it writes beside it', async () => {
    const args = ['--set', `data.test=${at('task/test.jsonl')}`];
    const keep = ['train', 'validation'].flatMap((name) => ['--set', `data.${name}=null`]);
    const { code, out, notes } = await runTessera(['evaluate', there('model.tessera'), ...args, ...keep]);
    expect(code, notes).toBe(0);
    expect(out).toBe((await runTessera(['evaluate', at('run')])).out);
    const [own, runs] = [there('model.evaluation-test.json'), at('run/evaluation-test.json')];
    expect(readFileSync(own, 'utf8')).toBe(readFileSync(runs, 'utf8'));
    expect(existsSync(there('model.evaluation-test.html'))).toBe(true);
  });

  it('says how to name data where there is none', async () => {
    const { code, notes } = await runTessera(['evaluate', there('model.tessera')]);
    expect(code).toBe(2);
    expect(notes).toMatch(/data\.train: must be a file that can be read, got .*train\.jsonl, which does not exist/);
  });

  it('is explained, inspected and looked into as a run folder is', async () => {
    for (const [verb, ...args] of [
      ['explain', '--text', 'a pear'],
      ['inspect', '--all'],
    ]) {
      const [packed, run] = [there('model.tessera'), at('run')];
      const found = await runTessera([verb ?? '', packed, ...args]);
      expect(found, found.notes).toMatchObject({ code: 0, out: (await runTessera([verb ?? '', run, ...args])).out });
    }
    const weights = await runTessera(['weights', 'inspect', there('model.tessera')]);
    expect([weights.code, weights.out]).toEqual([0, expect.stringContaining('heads.kind.output')]);
  });

  it('gives another model its initial values', async () => {
    const initialize = { fusion: there('model.tessera') };
    writeFileSync(at('task/next.json'), JSON.stringify(tinyFileSpec({ name: 'next', initialize })));
    const { code, notes } = await runTessera(['train', at('task/next.json'), '--to', at('next')]);
    expect(code, notes).toBe(0);
    expect(notes).toMatch(/initialize\.fusion: \d+ of \d+ parameters from .*model\.tessera/);
  });
});

describe('a hostile or damaged packed run', () => {
  const open = async (change: (members: Record<string, Uint8Array>) => void): Promise<string> => {
    const members = membersOf(there('model.tessera'));
    change(members);
    mkdirSync(at('bad'), { recursive: true });
    writeFileSync(at('bad/model.tessera'), zipOf(members));
    const { code, notes, out } = await predict(at('bad/model.tessera'));
    expect([code, out]).toEqual([2, '']);
    return notes;
  };
  const json = (members: Record<string, Uint8Array>) =>
    JSON.parse(Buffer.from(members['tessera.json'] ?? []).toString()) as Record<string, object>;
  const text = (content: unknown): Buffer =>
    Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));

  it.each([
    '../../evil.txt',
    '/etc/passwd',
    'assets/../../evil.txt',
    'assets/modalities.text/../../evil.txt',
    'assets/modalities.text/..\\evil.txt',
    'assets/modalities.text/C:evil.txt',
    'assets/modalities.text//evil.txt',
    'assets/__proto__/polluted',
    'assets/modalities.__proto__/polluted',
    'plugin.js',
  ])('that holds %s is refused and writes nothing', async (name) => {
    const notes = await open((members) => (members[name] = text('evil')));
    expect(notes).toMatch(/members must be tessera\.json, .*do not trust it/);
    expect(existsSync(at('evil.txt'))).toBe(false);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each(['tessera.json', 'spec.yaml', 'model.safetensors'])('that lacks %s says so', async (name) => {
    expect(await open((members) => Reflect.deleteProperty(members, name))).toContain(
      `a packed run must hold ${name}, got none. Pack the run again`,
    );
  });

  it.each([
    [2, /reads packed runs of format 1, got format 2, written by Tessera 9\.9\. Update Tessera\./],
    [0, /got format 0, .*Pack the run again\./],
    ['1', /tessera\.json must tell the format, got none/],
  ])('of format %j is refused', async (format, message) => {
    const notes = await open(
      (members) => (members['tessera.json'] = text({ ...json(members), format, tessera: '9.9' })),
    );
    expect(notes).toMatch(message);
  });

  it.each([
    ['tessera.json', '{', /tessera\.json cannot be read/],
    ['tessera.json', 'null', /must tell the format, got none/],
    [
      'tessera.json',
      '{"format": 1, "run": {"name": "x"}}',
      /must hold the record of a run, got a fault at run\.format/,
    ],
    ['spec.yaml', 'a: [', /spec\.yaml cannot be read/],
    ['spec.yaml', 'name: x', /modalities: is required/],
    ['model.safetensors', 'short', /model\.safetensors/],
    ['assets/heads.kind/labels.json', '[', /labels/],
  ])('whose %s is %j is refused', async (name, content, message) => {
    expect(await open((members) => (members[name] = text(content)))).toMatch(message);
  });

  it('whose spec unfolds without end is refused', async () => {
    const rows = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 9; i++) {
      const [name, previous] = [String.fromCharCode(97 + i), String.fromCharCode(96 + i)];
      rows.push(`${name}: &${name} [${Array<string>(9).fill(`*${previous}`).join(', ')}]`);
    }
    expect(await open((members) => (members['spec.yaml'] = text(rows.join('\n'))))).toMatch(
      /spec\.yaml cannot be read/,
    );
  });

  it('of another model is refused', async () => {
    const notes = await open((members) => {
      const spec = text(
        Buffer.from(members['spec.yaml'] ?? [])
          .toString()
          .replace('hiddenSize: 8', 'hiddenSize: 12'),
      );
      members['spec.yaml'] = spec;
    });
    expect(notes).toMatch(/hiddenSize must be divisible|\[8|8\]/);
  });

  it('whose weights differ in one byte from those that were packed is refused', async () => {
    const bytes = readFileSync(there('model.tessera'));
    const weights = Buffer.from(membersOf(there('model.tessera'))['model.safetensors'] ?? []);
    const last = bytes.indexOf(weights) + weights.length - 1;
    bytes[last] = (bytes[last] ?? 0) ^ 1;
    writeFileSync(at('changed.tessera'), bytes);
    expect(await predict(at('changed.tessera'))).toMatchObject({
      code: 2,
      notes: expect.stringMatching(/changed\.tessera.*damaged/) as string,
    });
  });

  it('that was cut short anywhere is refused', async () => {
    const bytes = readFileSync(there('model.tessera'));
    for (const length of [0, 10, 100, bytes.length >> 1, bytes.length - 1]) {
      writeFileSync(at('cut.tessera'), bytes.subarray(0, length));
      expect(await predict(at('cut.tessera'))).toMatchObject({
        code: 2,
        notes: expect.stringMatching(/cut\.tessera.*(damaged|cut short)/) as string,
      });
    }
  });
});
