// Whole datasets on disk: what fields mean, and every fault of a row, named by file, row and field.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DataError, Registry, SpecError, specJsonSchema, type Dataset, type DatasetRequest } from '@tessera/core';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { csv, dataPlugin, describeData, inline, jsonl } from '../index.js';

const folders: string[] = [];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-tables-'));
  folders.push(folder);
});

afterAll(() => Promise.all(folders.map((path) => rm(path, { recursive: true, force: true }))));

type Row = Record<string, unknown>;

async function write(path: string, content: string | readonly Row[]): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof content === 'string' ? content : content.map((row) => JSON.stringify(row)).join('\n'));
}

const textAndLabel: Omit<DatasetRequest, 'baseFolder'> = {
  modalities: [{ name: 'text', input: 'value' }],
  heads: ['label'],
};
const pictures: Omit<DatasetRequest, 'baseFolder'> = {
  modalities: [
    { name: 'image', input: 'file' },
    { name: 'text', input: 'value' },
  ],
  heads: ['label'],
};

function open(
  definition: typeof jsonl | typeof csv | typeof inline,
  options: Row,
  request = textAndLabel,
): Promise<Dataset> {
  const config = definition.config.parse(options);
  const context = { path: 'data', request: { baseFolder: folder, ...request } };
  return Promise.resolve().then(() => definition.create(config as never, {} as never, context as never));
}

const samplesOf = (dataset: Dataset, split = 'train') => {
  const found = dataset.splits[split];
  return Array.from({ length: found?.length ?? 0 }, (_, index) => found?.sample(index));
};

describe('what fields mean', () => {
  test('a field has the name of its modality or head, and rows are numbered', async () => {
    await write('train.jsonl', [
      { text: 'a', label: 'x', other: 1 },
      { text: 'b', label: ['x', 'y'] },
    ]);
    expect(samplesOf(await open(jsonl, { train: 'train.jsonl' }))).toEqual([
      { id: 'train:1', inputs: { text: 'a' }, targets: { label: 'x' }, origin: 'train.jsonl, row 1' },
      { id: 'train:2', inputs: { text: 'b' }, targets: { label: ['x', 'y'] }, origin: 'train.jsonl, row 2' },
    ]);
  });

  test('fields, ids and groups can be mapped, and paths start from the JSONL file', async () => {
    await write('sets/train.jsonl', [
      { key: '1F600#0', img: 'a.png', other: 'b.png', txt: 'smile', genre: 'x' },
      { key: '1F600#1', img: 'a.png', txt: 'laugh', genre: 'x' },
    ]);
    await write('sets/a.png', '');
    await write('sets/b.png', '');
    const dataset = await open(
      jsonl,
      {
        train: 'sets/train.jsonl',
        fields: { image: ['img', 'other'], text: 'txt', label: 'genre' },
        id: 'key',
        groupBy: 'key',
        groupSeparator: '#',
      },
      pictures,
    );
    expect(samplesOf(dataset)).toEqual([
      {
        id: '1F600#0',
        inputs: { image: join(folder, 'sets/a.png'), text: 'smile' },
        targets: { label: 'x' },
        alternatives: { image: [join(folder, 'sets/b.png')] },
        group: '1F600',
        origin: 'sets/train.jsonl, row 1',
      },
      {
        id: '1F600#1',
        inputs: { image: join(folder, 'sets/a.png'), text: 'laugh' },
        targets: { label: 'x' },
        group: '1F600',
        origin: 'sets/train.jsonl, row 2',
      },
    ]);
  });

  test('several fields together make a list', async () => {
    await write('train.jsonl', [{ sentence1: 'a', sentence2: 'b', label: 'x' }]);
    const options = { train: 'train.jsonl', fields: { text: { together: ['sentence1', 'sentence2'] } } };
    expect(samplesOf(await open(jsonl, options))[0]?.inputs).toEqual({ text: ['a', 'b'] });
    await write('train.jsonl', [{ sentence1: 'a', label: 'x' }]);
    await expect(open(jsonl, options)).rejects.toThrow(
      'train.jsonl, row 1, field "sentence2": is required for modality',
    );
  });

  test('fields named as members of every object are absent unless the row has them', async () => {
    await write('train.jsonl', '{"__proto__": "a", "label": "x"}');
    const options = { train: 'train.jsonl', fields: { text: '__proto__' } };
    expect(samplesOf(await open(jsonl, options))[0]?.inputs).toEqual({ text: 'a' });
    await expect(open(jsonl, { ...options, fields: { text: 'constructor' } })).rejects.toThrow('got none');
  });

  test('a test split needs no labels, and further splits have names of their own', async () => {
    await write('train.jsonl', [{ text: 'a', label: 'x' }]);
    await write('hard.jsonl', [{ text: 'b' }]);
    const dataset = await open(jsonl, { train: 'train.jsonl', splits: { test_hard: 'hard.jsonl' } });
    expect(samplesOf(dataset, 'test_hard')[0]?.targets).toEqual({});
    expect(describeData(dataset)).toEqual({
      fingerprint: dataset.fingerprint,
      splits: {
        train: { length: 1, origin: 'train.jsonl' },
        test_hard: { length: 1, origin: 'hard.jsonl' },
      },
    });
  });

  test('CSV columns are fields, with lists for heads and numbers where the spec says so', async () => {
    await write('train.csv', 'text;label;price\ngood;x|y;2.5\n');
    const request = { ...textAndLabel, heads: ['label', 'price'] };
    const options = { train: 'train.csv', delimiter: ';', labelSeparator: { label: '|' }, numbers: ['price'] };
    expect(samplesOf(await open(csv, options, request))[0]).toMatchObject({
      inputs: { text: 'good' },
      targets: { label: ['x', 'y'], price: 2.5 },
    });
    await expect(open(csv, { ...options, labelSeparator: { lable: '|' } }, request)).rejects.toThrow(
      'data.labelSeparator.lable: must be a head of this spec, got "lable". Known: label, price. Did you mean "label"?',
    );
  });

  test('an empty CSV cell is a missing field', async () => {
    await write('train.csv', 'text,label\n,x\n');
    await expect(open(csv, { train: 'train.csv' })).rejects.toThrow('train.csv, row 2, field "text": is required');
  });

  test('rows may stand in the spec', async () => {
    await write('a.png', '');
    const dataset = await open(inline, { train: [{ image: 'a.png', text: 't', label: 'x' }] }, pictures);
    expect(samplesOf(dataset)[0]).toMatchObject({
      inputs: { image: join(folder, 'a.png'), text: 't' },
      origin: 'data.train, row 1',
    });
    expect(dataset.fingerprint).toBe('');
    await expect(open(inline, { train: [{ image: 'b.png', text: 't', label: 'x' }] }, pictures)).rejects.toThrow(
      `data.train, row 1, field "image": must name a file that exists, got ${join(folder, 'b.png')}.`,
    );
    await expect(open(inline, { train: [{ image: '.', text: 't', label: 'x' }] }, pictures)).rejects.toThrow(
      `must name a file that exists, got ${folder}, which is a folder.`,
    );
  });
});

describe('fingerprint', () => {
  test('depends on the bytes and names of the splits, not on their order or folder', async () => {
    const rows = '{"text": "a", "label": "x"}\n';
    await write('a.jsonl', rows);
    await write('b.jsonl', `${rows} `);
    await write('sub/a.jsonl', rows);
    const of = async (options: Row) => (await open(jsonl, options)).fingerprint;
    const first = await of({ train: 'a.jsonl', splits: { more: 'b.jsonl' } });
    const digest = (text: string) => createHash('sha256').update(text).digest('hex');
    expect(first).toBe(digest(`more ${digest(`${rows} `)}\ntrain ${digest(rows)}\n`));
    expect(await of({ splits: { more: 'b.jsonl', train: 'sub/a.jsonl' } })).toBe(first);
    expect(await of({ train: 'b.jsonl', splits: { more: 'a.jsonl' } })).not.toBe(first);
  });
});

describe('faults of rows', () => {
  const fails = async (rows: readonly Row[], options: Row = {}, request = textAndLabel) => {
    await write('train.jsonl', rows);
    return open(jsonl, { train: 'train.jsonl', ...options }, request);
  };
  const good = { text: 'a', label: 'x' };

  test('a missing field names file, row, field, the fields there are, and how to allow it', async () => {
    const found = fails([good, { txt: 'b', label: 'x' }]);
    await expect(found).rejects.toThrow(DataError);
    await expect(found).rejects.toThrow(
      'train.jsonl, row 2, field "text": is required for modality "text", got none. Fields of the row: txt, label. ' +
        'Did you mean "txt"? Name another field with data.fields.text, or let rows lack it with data.allowMissing: [text].',
    );
  });

  test('null is a missing field', async () => {
    await expect(fails([{ text: null, label: 'x' }])).rejects.toThrow(
      'row 1, field "text": is required for modality "text", got an empty one. Fill it in. Name another field',
    );
  });

  test('modalities may be missing where that is allowed, but not all of them', async () => {
    const request = {
      ...pictures,
      modalities: pictures.modalities.map(({ name }) => ({ name, input: 'value' as const })),
    };
    const dataset = await fails([good, { image: 'i', label: 'x' }], { allowMissing: true }, request);
    expect(samplesOf(dataset).map((sample) => sample?.inputs)).toEqual([{ text: 'a' }, { image: 'i' }]);
    await expect(fails([good, { image: 'i', label: 'x' }], { allowMissing: ['image'] }, request)).rejects.toThrow(
      'row 2, field "text": is required',
    );
    await expect(fails([good, { label: 'x' }], { allowMissing: true }, request)).rejects.toThrow(
      'train.jsonl, row 2: must have at least one modality, got none of the fields image, text',
    );
  });

  test.each(['train', 'validation'])('a row of %s needs a label', async (split) => {
    await write('a.jsonl', [good, { text: 'b' }]);
    await expect(open(jsonl, { [split]: 'a.jsonl' })).rejects.toThrow(
      'a.jsonl, row 2, field "label": is required for head "label", got none',
    );
  });

  test('labels may be missing where that is allowed, but not all of a row', async () => {
    const request = { ...textAndLabel, heads: ['label', 'topic'] };
    const options = { allowMissing: ['label', 'topic'] };
    expect(samplesOf(await fails([good], options, request))[0]?.targets).toEqual({ label: 'x' });
    await expect(fails([{ text: 'a' }], options, request)).rejects.toThrow(
      'row 1: must have at least one head, got none of the fields label, topic',
    );
  });

  test('ids must be unique in a split, and ids and groups text or numbers', async () => {
    const rows = [
      { ...good, id: 1 },
      { ...good, id: '1' },
    ];
    await expect(fails(rows, { id: 'id' })).rejects.toThrow(
      'train.jsonl, row 2, field "id": an id may stand once in a split, got "1", as row 1 has it',
    );
    await expect(fails([{ ...good, id: { a: 1 } }], { id: 'id' })).rejects.toThrow(
      'row 1, field "id": data.id needs text or a number, got {"a":1}',
    );
    await expect(fails([{ ...good, key: 'k' }], { groupBy: 'keys' })).rejects.toThrow(
      /row 1, field "keys": data\.groupBy needs text or a number, got null.*Did you mean "key"/,
    );
  });

  test('an alternative that no training row has is a fault', async () => {
    await expect(fails([{ ...good, text2: 'c' }], { fields: { text: ['text', 'text_2'] } })).rejects.toThrow(
      'train.jsonl, field "text_2": must be in some row to serve as an alternative, got it in none of 1. ' +
        'Known: text, label, text2. Did you mean "text2"?',
    );
  });

  test('many faults are told in the order of the data, the first in full, with one advice', async () => {
    const found = fails(Array.from({ length: 1000 }, () => ({ label: 'x' })));
    const message = await found.then(String, (error: unknown) => (error as Error).message);
    expect(message.split('\n')).toHaveLength(10);
    expect(message).toMatch(/^data: 1000 problems, the first 8:\n {2}train\.jsonl, row 1, [^]*row 8, /);
    expect(message.match(/allowMissing/g)).toHaveLength(1);
  });

  test.each([
    ['an empty file', ''],
    ['a file of empty lines', '\n\r\n\n'],
  ])('%s has no rows', async (_, content) => {
    await write('train.jsonl', content);
    await expect(open(jsonl, { train: 'train.jsonl' })).rejects.toThrow(
      'train.jsonl: must hold at least one row, got none. Fill the file, or leave the split "train" out.',
    );
  });

  test('a file that is not there, or a folder, names the option', async () => {
    await expect(open(jsonl, { splits: { hard: 'no.jsonl' } })).rejects.toThrow(
      `data.splits.hard: must be a file that can be read, got ${join(folder, 'no.jsonl')}, which does not exist.`,
    );
    await mkdir(join(folder, 'sub'));
    await expect(open(csv, { train: 'sub' })).rejects.toThrow(/data\.train: .*sub, which is a folder/);
  });
});

describe('files that rows name', () => {
  const row = (image: unknown) => ({ image, text: 'a', label: 'x' });

  test.each([5, 200])('are all looked for: the first missing are told and all counted (%i rows)', async (count) => {
    const rows = Array.from({ length: count }, (_, i) => row(`images/${i}.png`));
    for (const [i] of rows.entries()) if (i % 2 === 0) await write(`images/${i}.png`, '');
    await mkdir(join(folder, 'images/1.png'));
    await write('train.jsonl', rows);
    const missing = Math.floor(count / 2);
    await expect(open(jsonl, { train: 'train.jsonl' }, pictures)).rejects.toThrow(
      new RegExp(
        `^data: ${missing} problems[^]*?:\\n {2}train\\.jsonl, row 2, field "image": must name a file that exists, got .*1\\.png, which is a folder\\.\\n {2}train\\.jsonl, row 4`,
      ),
    );
  });

  test('are named once, by the first row that has them', async () => {
    await write('train.jsonl', [row('a.png'), row('a.png')]);
    await expect(open(jsonl, { train: 'train.jsonl' }, pictures)).rejects.toThrow(
      /^train\.jsonl, row 1, field "image": must name a file/,
    );
  });

  test('may stand in a list; inputs that are no paths are left as they are', async () => {
    await write('a.png', '');
    await write('train.jsonl', [row(['a.png', 'b.png'])]);
    await expect(open(jsonl, { train: 'train.jsonl' }, pictures)).rejects.toThrow(/^train\.jsonl, row 1.*b\.png/);
    await write('train.jsonl', [row({ width: 1 })]);
    expect(samplesOf(await open(jsonl, { train: 'train.jsonl' }, pictures))[0]?.inputs['image']).toEqual({ width: 1 });
  });
});

describe('options', () => {
  test('refuse names that the model does not have, with the nearest', async () => {
    await write('train.jsonl', [{ text: 'a', label: 'x' }]);
    const found = open(jsonl, { train: 'train.jsonl', fields: { txt: 'a' }, allowMissing: ['lable'] });
    await expect(found).rejects.toThrow(SpecError);
    await expect(found).rejects.toThrow(
      'data.fields.txt: must be a modality or head of this spec, got "txt". Known: text, label. Did you mean "text"?\n' +
        'data.allowMissing.lable: must be a modality or head',
    );
    await expect(open(jsonl, { train: 'train.jsonl', fields: { label: ['a', 'b'] } })).rejects.toThrow(
      'data.fields.label: a head reads one field, got a list of alternatives.',
    );
  });

  test.each([
    ['no split', {}, /at least one split/],
    ['a split named twice', { train: 'a', splits: { train: 'b' } }, /names a split that data\.train names already/],
    ['a separator without groups', { train: 'a', groupSeparator: '#' }, /needs groupBy/],
    ['an unknown key', { train: 'a', feilds: {} }, /feilds/],
    ['an empty file name', { train: '' }, /train/],
  ])('refuse %s', (_, options, message) => {
    expect(() => jsonl.config.parse(options)).toThrow(message);
  });

  test('have a JSON Schema in which every option is described', () => {
    const schema = JSON.stringify(specJsonSchema(new Registry([dataPlugin])));
    for (const name of ['jsonl', 'csv', 'inline']) expect(schema).toContain(`"const":"${name}"`);
    for (const { config } of dataPlugin.components) {
      for (const [name, option] of Object.entries(config.shape)) {
        expect(option.description, name).toBeTruthy();
      }
    }
  });
});

describe('size', () => {
  test('reads 100,000 rows', async () => {
    const rows = Array.from(
      { length: 100_000 },
      (_, i) => `{"id": "${i >> 2}#${i & 3}", "text": "some words of row ${i}", "label": "class ${i % 17}"}`,
    );
    await write('train.jsonl', rows.join('\r\n'));
    const options = { train: 'train.jsonl', id: 'id', groupBy: 'id', groupSeparator: '#' };
    const dataset = await open(jsonl, options);
    expect(dataset.splits['train']?.sample(99_999)).toMatchObject({ id: '24999#3', group: '24999' });
  });
});
