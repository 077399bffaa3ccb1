// What users get wrong, through the command: one message that says where, what was given, what is allowed and what to do;
// exit code 2; no stack trace; nothing lost.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { runTessera } from './runTessera.js';
import { disk } from './smallDisk.js';
import {
  jsonLines,
  tinyBowSpec,
  tinyFileSpec,
  tinyImageParts,
  tinyRows,
  writeTinyFiles,
  type Row,
} from './tinyFiles.js';

vi.mock('node:fs', async (actual) => (await import('./smallDisk.js')).onSmallDisk(await actual()));

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-bad-input-'));
});
beforeEach(() => writeTinyFiles(folder));
afterEach(() => {
  disk.free = Infinity;
  rmSync(at('run'), { recursive: true, force: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Every file below a folder with its hash: what must not change. */
const contentOf = (path: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [file, createHash('sha256').update(readFileSync(file)).digest('hex')]),
  );

const writeSpec = (spec: Row, name = 'spec.json'): string => {
  writeFileSync(at(name), JSON.stringify(spec));
  return at(name);
};

const train = (spec: Row, ...args: string[]) => runTessera(['train', writeSpec(spec), '--to', at('run'), ...args]);

/** Asserts exit code 2 and one message: no stack, nothing on the standard output. Returns the message. */
async function mistakeOf(outcome: ReturnType<typeof runTessera>): Promise<string> {
  const { code, out, notes } = await outcome;
  expect(notes).toContain('error: ');
  expect(code).toBe(2);
  expect(notes).not.toMatch(/^\s+at /m);
  expect(notes).not.toContain('internal error');
  expect(notes.match(/error:/g)).toHaveLength(1);
  expect(out).toBe('');
  return notes.slice(notes.indexOf('error: ') + 'error: '.length).trim();
}

const trainMistake = async (spec: Row, ...args: string[]): Promise<string> => {
  const message = await mistakeOf(train(spec, ...args));
  expect(existsSync(at('run'))).toBe(false);
  return message;
};

describe('a mistake in the spec', () => {
  it.each<[string, Row, string[]]>([
    [
      'a misspelt key',
      { trainning: { epochs: 1 } },
      [
        'spec.json: trainning: unknown key "trainning"',
        'Known: name, recipe, plugins, modalities',
        'Did you mean "training"?',
      ],
    ],
    [
      'a misspelt key further in',
      { training: { epocs: 1 } },
      ['training.epocs: unknown key "epocs"', 'Did you mean "epochs"?'],
    ],
    [
      'a misspelt encoder',
      { modalities: { image: { encoder: 'resnet512' } } },
      ['modalities.image.encoder: unknown encoder "resnet512"', 'Known: wordpiece', 'Did you mean "resnet152"?'],
    ],
    [
      'a misspelt modality',
      { training: { freeze: { txet: 1 } } },
      ['training.freeze.txet: unknown modality "txet"', 'Known: text', 'Did you mean "text"?'],
    ],
    [
      'a misspelt loss',
      { heads: { kind: { type: 'single-label', loss: 'cros-entropy' } } },
      ['heads.kind.loss', 'unknown loss "cros-entropy"', 'Known: cross-entropy', 'Did you mean "cross-entropy"?'],
    ],
    [
      'a text where a number belongs',
      { training: { epochs: 'three' } },
      ['training.epochs: must be a number, got "three"'],
    ],
    [
      'wordpiece under concat',
      { fusion: { type: 'concat' } },
      [
        'modalities.text: encoder "wordpiece" needs',
        'got fusion "concat"',
        'Use fusion bitransformer or bottleneck, or encoder bert',
      ],
    ],
    [
      'a hiddenSize that the heads do not divide',
      { fusion: { type: 'bitransformer', hiddenSize: 10, numLayers: 1, numHeads: 4 } },
      ['fusion.hiddenSize: must be divisible by numHeads', 'hiddenSize=10, numHeads=4', 'Use 8 or 12'],
    ],
  ])('%s is named with what is allowed', async (_, parts, essentials) => {
    const message = await trainMistake(tinyFileSpec(parts));
    for (const essential of essentials) expect(message).toContain(essential);
  });

  it('several mistakes are told at once', async () => {
    const message = await trainMistake(tinyFileSpec({ training: { epochs: -1, batchSise: 4 } }));
    expect(message).toContain('training.epochs: must be more than 0, got -1');
    expect(message).toContain('Did you mean "batchSize"?');
  });
});

describe('data', () => {
  const withRows = (file: string, rows: readonly unknown[]): void => writeFileSync(at(file), jsonLines(rows));
  const rows = tinyRows(4);

  it('an empty file is named', async () => {
    withRows('train.jsonl', []);
    const message = await trainMistake(tinyBowSpec());
    expect(message).toMatch(/train\.jsonl: must hold at least one row, got none\. Fill the file/);
  });

  it('a row that lacks a field is named with the fields that it has', async () => {
    withRows('train.jsonl', [...rows, { id: 'x', txt: 'a pear', kind: 'fruit' }]);
    const message = await trainMistake(tinyBowSpec());
    expect(message).toMatch(/train\.jsonl, row 5, field "text": is required for modality "text", got none/);
    expect(message).toContain('Fields of the row: id, txt, kind');
    expect(message).toContain('data.allowMissing');
  });

  it('a row that is no JSON is named', async () => {
    writeFileSync(at('train.jsonl'), `${jsonLines(rows)}{"text": \n`);
    expect(await trainMistake(tinyBowSpec())).toMatch(/train\.jsonl, row 5/);
  });

  it('a label unseen in training is named with those known', async () => {
    withRows('validation.jsonl', [rows[0], { ...rows[1], kind: 'animal' }]);
    const message = await trainMistake(tinyBowSpec());
    expect(message).toMatch(/validation\.jsonl, row 2, kind: unknown label "animal"\. Known: fruit, tool\./);
  });

  it('a former run survives data that is found wrong', async () => {
    expect((await train(tinyBowSpec())).code).toBe(0);
    const before = contentOf(at('run'));
    withRows('validation.jsonl', [{ ...rows[1], kind: 'animal' }]);
    expect(await mistakeOf(train(tinyBowSpec(), '--overwrite'))).toContain('unknown label "animal"');
    expect(contentOf(at('run'))).toEqual(before);
  });
});

describe('texts', () => {
  it('an empty text is a text without words: it is trained on and predicted', async () => {
    writeFileSync(at('train.jsonl'), jsonLines([...tinyRows(4), { id: 'e', text: '', kind: 'tool' }]));
    for (const spec of [tinyFileSpec(), tinyBowSpec()]) {
      expect((await train(spec, '--overwrite')).code).toBe(0);
      const { code, out } = await runTessera(['predict', at('run'), '--text', '']);
      expect(code).toBe(0);
      expect(out).toMatch(/^kind: (fruit|tool)\n/);
    }
  });

  it('a text beyond maxTokens is cut: what follows has no effect', async () => {
    const long = (end: string): string => `${'a pear '.repeat(40)}${end}`;
    writeFileSync(at('train.jsonl'), jsonLines([...tinyRows(4), { id: 'l', text: long(''), kind: 'fruit' }]));
    expect((await train(tinyFileSpec())).code).toBe(0);
    const predict = async (text: string) => runTessera(['predict', at('run'), '--json', '--text', text]);
    const [pear, saw] = [await predict(long('plum')), await predict(long('saw rasp'))];
    expect(pear.code).toBe(0);
    expect(saw.out).toBe(pear.out);
  });
});

describe('pictures', () => {
  const withPicture = (name: string): Row[] => [
    { image: 'good.png', kind: 'fruit' },
    { image: name, kind: 'tool' },
  ];
  const spec = (name: string): Row => {
    const data = jsonLines(withPicture(name));
    for (const split of ['train', 'validation', 'test']) writeFileSync(at(`${split}.jsonl`), data);
    return tinyFileSpec({ ...tinyImageParts, data: { type: 'jsonl', train: 'train.jsonl', test: 'test.jsonl' } });
  };
  beforeAll(async () => {
    const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const;
    const picture = sharp({ create: { width: 64, height: 64, channels: 3, background: '#c40', noise } });
    await picture.png().toFile(at('good.png'));
    copyFileSync(at('good.png'), at('cut.png'));
    truncateSync(at('cut.png'), 3000);
    await sharp({ create: { width: 1, height: 1, channels: 3, background: '#c40' } })
      .png()
      .toFile(at('dot.png'));
    writeFileSync(at('huge.png'), blackPng(20_000, 20_000));
  });

  it('a truncated PNG is named before training starts', async () => {
    const message = await trainMistake(spec('cut.png'));
    expect(message).toMatch(/train\.jsonl, row 2, image: .*must be complete and undamaged, got file=.*cut\.png/);
    expect(message).toContain('Save or download it again.');
  });

  it('a picture of 1×1 is enlarged: it is trained on and predicted', async () => {
    expect((await train(spec('dot.png'))).code).toBe(0);
    const { code, out } = await runTessera(['predict', at('run'), '--image', at('dot.png')]);
    expect(code).toBe(0);
    expect(out).toMatch(/^kind: (fruit|tool)\n/);
  });

  it('a picture of 20,000×20,000 is refused before it is decoded', async () => {
    const message = await trainMistake(spec('huge.png'));
    expect(message).toMatch(/train\.jsonl, row 2, image: .*at most 64 megapixels, got file=.*huge\.png of 20000×20000/);
    expect(message).toContain('Make it smaller');
    expect((await train(spec('good.png'))).code).toBe(0);
    expect(await mistakeOf(runTessera(['predict', at('run'), '--image', at('huge.png')]))).toContain('64 megapixels');
  });

  it('a picture that is not there is named', async () => {
    expect(await trainMistake(spec('none.png'))).toMatch(/row 2.*none\.png/);
  });
});

/** A black picture of any size, one bit a pixel. */
function blackPng(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1; // bits a sample, grey, no interlacing
  const pixels = deflateSync(Buffer.alloc(height * (1 + Math.ceil(width / 8))), { level: 1 });
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

describe('a saved model', () => {
  const checkpoint = (file: string): string => at('run', 'checkpoints', 'epoch-0002', file);
  const loading: [string, () => string[]][] = [
    ['evaluate', () => ['evaluate', at('run')]],
    ['predict', () => ['predict', at('run'), '--text', 'a pear']],
    ['train --resume', () => ['train', at('tiny.json'), '--to', at('run'), '--resume']],
  ];
  beforeAll(async () => {
    writeTinyFiles(folder);
    const args = ['train', at('tiny.json'), '--to', at('trained'), '--set', 'training.keep=last'];
    expect((await runTessera(args)).code).toBe(0);
  });
  beforeEach(() => cpSync(at('trained'), at('run'), { recursive: true }));

  it.each(loading)('without its parameters is refused by %s, which names the file', async (_, args) => {
    rmSync(checkpoint('model.safetensors'));
    const before = contentOf(at('run'));
    const message = await mistakeOf(runTessera(args()));
    expect(message).toMatch(/epoch-0002: a checkpoint must hold model\.safetensors, got a folder with/);
    expect(contentOf(at('run'))).toEqual(before);
  });

  it.each(loading)('with parameters cut short is refused by %s', async (_, args) => {
    truncateSync(checkpoint('model.safetensors'), 3000);
    const message = await mistakeOf(runTessera(args()));
    expect(message).toMatch(/model\.safetensors: the file must have \d+ bytes.*got 3000.*cut short/s);
  });

  it.each([
    ['its spec', 'spec.yaml', /must hold spec\.yaml/],
    ['its vocabulary', 'assets/modalities.text/vocab.txt', /vocab/],
    ['its labels', 'assets/heads.kind/labels.json', /labels/],
  ])('without %s is refused by name', async (_, file, message) => {
    expect(existsSync(checkpoint(file))).toBe(true);
    rmSync(checkpoint(file));
    expect(await mistakeOf(runTessera(['evaluate', at('run')]))).toMatch(message);
  });

  it.each(['assets/heads.kind/labels.json', 'assets/modalities.text/vocab.txt', 'spec.yaml'])(
    'with %s cut short is refused by name',
    async (file) => {
      truncateSync(checkpoint(file), 9);
      const name = file.split('/').at(-1) ?? '';
      expect(await mistakeOf(runTessera(['evaluate', at('run')]))).toContain(name.replace(/\..*/, ''));
    },
  );

  it('without the optimizer or training state cannot be gone on with, and is told apart from a whole one', async () => {
    const record = JSON.parse(readFileSync(at('run/run.json'), 'utf8')) as Row;
    writeFileSync(at('run/run.json'), JSON.stringify({ ...record, status: 'interrupted' }));
    const resume = (): Promise<string> => mistakeOf(runTessera(loading[2]?.[1]() ?? []));
    rmSync(checkpoint('optimizer.safetensors'));
    expect(await resume()).toContain('optimizer.safetensors');
    rmSync(checkpoint('state.json'));
    expect(await resume()).toContain('state.json');
    expect((await runTessera(['evaluate', at('run')])).code).toBe(0);
  });

  it('with a damaged run.json, or none, is refused', async () => {
    truncateSync(at('run/run.json'), 20);
    expect(await mistakeOf(runTessera(['evaluate', at('run')]))).toMatch(/run\.json: cannot be read/);
    rmSync(at('run/run.json'));
    expect(await mistakeOf(runTessera(['evaluate', at('run')]))).toMatch(
      /run: not a run, the folder holds no run\.json/,
    );
    expect(await mistakeOf(runTessera(['evaluate', at('nowhere')]))).toContain('does not exist');
  });
});

describe('an output folder that exists', () => {
  it('is left alone, and the message names the three ways on', async () => {
    expect((await train(tinyBowSpec())).code).toBe(0);
    const before = contentOf(at('run'));
    const message = await mistakeOf(train(tinyBowSpec()));
    expect(message).toMatch(/run: the output folder exists already\. .*--resume.*--overwrite.*--to/);
    expect(contentOf(at('run'))).toEqual(before);
  });

  it('is not overwritten when it is no run', async () => {
    mkdirSync(at('run'));
    writeFileSync(at('run/thesis.tex'), 'years of work');
    expect(await mistakeOf(train(tinyBowSpec(), '--overwrite'))).toContain('only a run folder may be overwritten');
    expect(readFileSync(at('run/thesis.tex'), 'utf8')).toBe('years of work');
  });

  it('is refused when it is a file', async () => {
    writeFileSync(at('run'), 'a file');
    expect(await mistakeOf(train(tinyBowSpec()))).toContain('exists already');
    expect(await mistakeOf(train(tinyBowSpec(), '--overwrite'))).toContain('only a run folder may be overwritten');
    expect(readFileSync(at('run'), 'utf8')).toBe('a file');
  });

  it('is free again when a training ended in it before anything was saved', async () => {
    const diverging = { epochs: 1, optimizer: { type: 'sgd', learningRate: 1e30 }, schedule: 'constant', batchSize: 2 };
    expect(await mistakeOf(train(tinyBowSpec({ training: diverging })))).toContain('the loss must be finite');
    expect((await train(tinyBowSpec())).code).toBe(0);
  });
});

describe('a full disk', () => {
  const trainTiny = (...args: string[]) => runTessera(['train', at('tiny.json'), '--to', at('run'), ...args]);
  /** Bytes that a whole training writes. */
  const bytesOfTraining = async (): Promise<number> => {
    disk.free = 1e9;
    expect((await trainTiny()).code).toBe(0);
    const used = 1e9 - disk.free;
    disk.free = Infinity;
    rmSync(at('run'), { recursive: true });
    return used;
  };
  const checkpoints = (): string[] => readdirSync(at('run/checkpoints'));
  const evaluation = async (): Promise<string> => (await runTessera(['evaluate', at('run'), '--json'])).out;

  it('leaves the former checkpoint, from which training goes on as if nothing had been', async () => {
    expect((await trainTiny()).code).toBe(0);
    const whole = await evaluation();
    rmSync(at('run'), { recursive: true });
    const outcome = await runTessera(['train', at('tiny.json'), '--to', at('run')], {
      onNote: (text) => {
        if (text.includes('epoch 2/2')) disk.free = 4000;
      },
    });
    const message = await mistakeOf(Promise.resolve(outcome));
    expect(message).toMatch(/epoch-0002: the checkpoint cannot be saved, no space is left on the disk/);
    expect(message).toMatch(/Earlier checkpoints are untouched.*--resume/);
    expect(checkpoints()).toEqual(['epoch-0001']);
    expect((await runTessera(['predict', at('run'), '--text', 'a pear'])).code).toBe(0);
    disk.free = Infinity;
    expect((await trainTiny('--resume')).code).toBe(0);
    expect(await evaluation()).toBe(whole);
  });

  it('loses nothing at whichever byte it comes', async () => {
    const total = await bytesOfTraining();
    for (let part = 0; part < 8; part++) {
      disk.free = Math.floor((total * part) / 8);
      const message = await mistakeOf(trainTiny());
      expect(message).toContain('no space is left on the disk');
      disk.free = Infinity;
      const isBegun = existsSync(at('run', 'checkpoints')) && checkpoints().length > 0;
      if (isBegun) expect((await runTessera(['predict', at('run'), '--text', 'a pear'])).code).toBe(0);
      const { code, notes } = await trainTiny(...(isBegun ? ['--resume'] : []));
      expect(code, `part ${part}: ${notes}`).toBe(0);
      rmSync(at('run'), { recursive: true });
    }
  });
});
