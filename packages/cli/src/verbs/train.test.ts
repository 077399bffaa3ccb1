import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunRecord } from '@tessera/training';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runTessera, type RunOptions } from '../../../../test/runTessera.js';
import { tinyBowSpec, writeTinyFiles } from '../../../../test/tinyFiles.js';

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
beforeAll(() => writeTinyFiles((folder = mkdtempSync(join(tmpdir(), 'tessera-train-')))));
beforeEach(() => rmSync(at('runs'), { recursive: true, force: true }));
afterAll(() => rmSync(folder, { recursive: true }));

const train = (args: readonly string[] = [], options: RunOptions = {}) =>
  runTessera(['train', at('tiny.json'), '--to', at('runs/tiny'), ...args], options);
const record = (name = 'tiny'): RunRecord =>
  JSON.parse(readFileSync(at('runs', name, 'run.json'), 'utf8')) as RunRecord;

/** Ctrl-C when a text is printed. */
const interruptAt = (text: string, times = 1): RunOptions => ({
  onNote: (note, interrupt) => {
    if (note.includes(text)) for (let i = 0; i < times; i++) interrupt();
  },
});

describe('tessera train', () => {
  it('prints a line for each epoch, test figures and what to do next', async () => {
    const { code, out, notes } = await train();
    expect(code).toBe(0);
    expect(notes).toMatch(/^backend cpu: /);
    expect(notes).toMatch(/\ntiny: [\d,]+ parameters, 2 epochs × 3 updates\n/);
    expect(notes).toMatch(/\ntiny {2}epoch 1\/2 {2}loss \d\.\d{3} {2}val accuracy \d\.\d{3} \(best\) {2}\d\.\d s\n/);
    expect(notes).toContain(`tessera predict ${at('runs/tiny')} --text …`);
    expect(out).toMatch(
      /^test figure +value +± error\n─+ +─+ +─+\nloss +\d\.\d{3}\nkind\.accuracy +\d\.\d{3} +\d\.\d{3}\n/,
    );
  });

  it('records versions, backend, hashes of the data and the spread of the figures', async () => {
    await train();
    const { versions, data, testSpread } = record();
    const known = ['tessera', 'tfjs', 'node', 'platform', 'cpu', 'backend', 'device', 'threads'];
    expect(Object.keys(versions)).toEqual(known);
    expect(versions).toMatchObject({ backend: 'cpu', threads: '1' });
    expect(data.files?.count).toBe(3);
    const listing = readFileSync(at('runs/tiny/data.sha256'), 'utf8');
    const hash = createHash('sha256')
      .update(readFileSync(at('train.jsonl')))
      .digest('hex');
    expect(listing).toMatch(new RegExp(`^\\w{64}  test\\.jsonl\n${hash}  train\\.jsonl\n`));
    expect(testSpread?.['kind.accuracy']).toBeGreaterThanOrEqual(0);
  });

  it('draws a bar on a terminal with loss, metric, rate and time left', async () => {
    const { notes } = await train([], { columns: 120 });
    expect(notes).toMatch(
      /tiny {2}[█▉▊▋▌▍▎▏·]+ +\d+% {2}epoch 2\/2 {2}loss \S+ {2}val accuracy \S+ {2}\S+ samples\/s {2}\d:\d\d left/,
    );
  });

  it('gives its record as JSON, alone on the standard output', async () => {
    const { out } = await train(['--json', '--set', 'training.epochs=1']);
    expect(JSON.parse(out)).toMatchObject({ run: at('runs/tiny'), status: 'finished', history: [{ epoch: 1 }] });
  });

  it('saves on Ctrl-C, says how to go on, and goes on', async () => {
    const { code, notes } = await train([], interruptAt('epoch 1/2'));
    expect(code).toBe(130);
    expect(notes).toContain('stopping after this update');
    expect(notes).toMatch(/tiny: interrupted and saved in \S+ after 1 whole epoch\.\n/);
    expect(notes).toContain(`tessera train ${at('tiny.json')} --to ${at('runs/tiny')} --backend cpu --resume`);
    expect(record().status).toBe('interrupted');
    const resumed = await train(['--resume']);
    expect(resumed.code).toBe(0);
    expect(resumed.notes).toContain('going on in epoch 2');
    expect(record()).toMatchObject({ status: 'finished', history: [{ epoch: 1 }, { epoch: 2 }] });
  });

  it('writes nothing when stopped before training began', async () => {
    const { code, notes } = await train([], { columns: 80, ...interruptAt('checking data') });
    expect(code).toBe(130);
    expect(notes).toContain('stopped before training began, nothing was changed');
    expect(() => record()).toThrow('ENOENT');
  });

  it('ends at once on the second Ctrl-C', async () => {
    expect((await train([], interruptAt('epoch 1/2', 2))).exited).toBe(130);
  });

  it('resumes with the run’s own spec and says where the given one differs', async () => {
    await train([], interruptAt('epoch 1/2'));
    const { notes } = await train(['--resume', '--set', 'training.epochs=5']);
    expect(notes).toMatch(
      /the run goes on with its own spec; .*tiny\.json now differs in training\.epochs \(5, not 2\)/,
    );
    expect(record().history).toHaveLength(2);
  });

  it('has nothing left to do for a finished run', async () => {
    await train();
    const { code, notes, out } = await train(['--resume']);
    expect(code).toBe(0);
    expect(notes).toContain('training was finished after 2 epochs, nothing is left to do');
    expect(out).toContain('kind.accuracy');
  });

  it.each([
    [['--resume', '--overwrite'], /goes on with a run and --overwrite replaces it, got both/],
    [['--resume'], /not a run, the folder does not exist/],
    [['--set', 'mmbt:training.epochs=1'], /no spec has the name "mmbt", .*Names here: tiny\./],
    [['--backend', 'gpu'], /backend must be one of .*got backend="gpu"/],
    [['--plugin', './none.js'], /a module must be a file, got .*none\.js/],
    [['--to', ''], /'--to <run>' argument '' is invalid\. It must not be empty/],
    [['--epochs', '3'], /unknown option '--epochs'/],
  ])('refuses %j', async (args, message) => {
    const { code, notes } = await train(args);
    expect(code).toBe(2);
    expect(notes).toMatch(message);
  });
});

describe('a spec that starts from another', () => {
  const initialize = { 'modalities.text.encoder': './bow.json' };
  const start = (...args: string[]) => {
    writeFileSync(at('top.json'), JSON.stringify(tinyBowSpec({ name: 'top', initialize })));
    return runTessera(['train', at('top.json'), '--to', at('runs/top'), ...args]);
  };

  it('has that one trained first, once, with the overrides that name it', async () => {
    const { code, notes } = await start('--set', 'bow:training.epochs=1');
    expect(code, notes).toBe(0);
    expect(notes).toContain('top starts from bow: trained first, unless that was done.');
    expect(notes).toMatch(/initialize\.modalities\.text\.encoder: 1 of 1 parameters from /);
    expect(record('bow').history).toHaveLength(1);
    expect(record('top').history).toHaveLength(2);
    const again = await start('--set', 'bow:training.epochs=1', '--overwrite');
    expect(again.notes).toContain('bow: finished run used again');
  });

  it('cannot start from itself', async () => {
    writeFileSync(at('circle.json'), JSON.stringify(tinyBowSpec({ initialize: { 'heads.kind': './circle.json' } })));
    const { code, notes } = await runTessera(['train', at('circle.json'), '--to', at('runs/top')]);
    expect(code).toBe(2);
    expect(notes).toMatch(/specs must not start from each other in a circle, got .*circle\.json → .*circle\.json/);
  });
});
