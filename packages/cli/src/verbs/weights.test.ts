import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SafetensorsFile, writeSafetensors } from '@tessera/weights/node';
import { runTessera } from '../../../../test/runTessera.js';
import { writeTinyFiles } from '../../../../test/tinyFiles.js';

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
beforeAll(async () => {
  writeTinyFiles((folder = mkdtempSync(join(tmpdir(), 'tessera-weights-'))));
  expect((await runTessera(['train', at('tiny.json'), '--to', at('run')])).code).toBe(0);
  expect((await runTessera(['weights', 'export', at('run'), '--to', at('bert'), '--layout', 'bert'])).code).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

const weights = (...args: string[]) => runTessera(['weights', ...args]);

describe('tessera weights export', () => {
  it('writes a folder that transformers reads: names, axes, sizes and vocabulary of its own', () => {
    const config = JSON.parse(readFileSync(at('bert/config.json'), 'utf8')) as Record<string, unknown>;
    expect(config).toMatchObject({
      model_type: 'bert',
      hidden_size: 8,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      intermediate_size: 32,
      max_position_embeddings: 16,
      type_vocab_size: 2,
      layer_norm_eps: 1e-12,
    });
    const file = new SafetensorsFile(at('bert/model.safetensors'));
    expect(file.tensors.get('encoder.layer.0.intermediate.dense.weight')?.shape).toEqual([32, 8]);
    expect(file.tensors.get('embeddings.word_embeddings.weight')?.shape).toEqual([config['vocab_size'], 8]);
    expect(file.metadata).toEqual({ format: 'pt' });
    file.close();
    const lines = readFileSync(at('bert/vocab.txt'), 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(Number(config['vocab_size']));
  });

  it('is what a training starts from again, to the last bit', async () => {
    const train = (fixed: string) => {
      const sets = [
        `initialize.fusion=${at('bert')}`,
        `modalities.text.vocab=${at('bert/vocab.txt')}`,
        `training.fixed=${fixed}`,
      ];
      return runTessera(['train', at('tiny.json'), '--to', at('again'), ...sets.flatMap((set) => ['--set', set])]);
    };
    expect((await train('["*"]')).notes).toMatch(/training\.fixed: must leave some parameters to train, got \*,/);
    const { code, notes } = await train('["fusion.*"]');
    expect(notes).toMatch(/initialize\.fusion: 23 of 23 parameters from .*bert \(Hugging Face BERT\)\./);
    expect(code).toBe(0);
    const [before, after] = await Promise.all(
      [at('run'), at('again')].map(async (run) => {
        const { file } = JSON.parse((await weights('inspect', run, '--json')).out) as { file: string };
        const opened = new SafetensorsFile(file);
        const read = ['fusion.layers.0.attention.query.weight', 'fusion.pooler.bias'].map((name) =>
          valuesOf(opened, name),
        );
        opened.close();
        return read;
      }),
    );
    expect(after).toEqual(before);
  });

  it('says what has no name in the layout', async () => {
    const { out } = await weights('export', at('run'), '--to', at('bert'), '--layout', 'bert', '--overwrite');
    expect(out).toMatch(/bert\/model\.safetensors: 23 arrays, beside it config\.json, vocab\.txt/);
    expect(out).toMatch(/left out.*2 arrays \(heads\.kind\.output\.weight, heads\.kind\.output\.bias\)/);
  });

  it('leaves an earlier export as it was when there is nothing to write', async () => {
    const before = readFileSync(at('bert/model.safetensors'));
    const args = ['--layout', 'resnet', '--part', 'modalities.none.encoder', '--overwrite'];
    const { code, notes } = await weights('export', at('run'), '--to', at('bert'), ...args);
    expect(notes).toMatch(/none of the arrays has a name in the layout/);
    expect(code).toBe(2);
    expect(readFileSync(at('bert/model.safetensors'))).toEqual(before);
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('asks for the part where none fits, and does not write over anything', async () => {
    expect(await weights('export', at('run'), '--to', at('x'), '--layout', 'resnet')).toMatchObject({
      code: 2,
      notes: expect.stringMatching(
        /--part: must say which part is exported as resnet, got nothing where the run has none/,
      ),
    });
    expect(await weights('export', at('run'), '--to', at('bert'), '--layout', 'bert')).toMatchObject({
      code: 2,
      notes: expect.stringMatching(/--to: must be a new place/),
    });
    expect(existsSync(at('x'))).toBe(false);
  });
});

/** A tensor's shape and values, which are read while the file is open. */
function valuesOf(file: SafetensorsFile, name: string): { shape?: readonly number[]; values?: Float32Array } {
  const { shape, values } = file.read(name) ?? {};
  return { shape, values };
}

describe('tessera weights inspect', () => {
  it('tells the layout, and a run’s own names', async () => {
    expect((await weights('inspect', at('bert'))).out).toMatch(/^layout +bert$/m);
    expect((await weights('inspect', at('run'))).out).toMatch(/^layout +a model's own names$/m);
    expect((await weights('inspect', at('bert'), '--all')).out).toMatch(/^pooler\.dense\.weight +\[8, 8\] +64 +F32$/m);
  });

  it('says what is wrong with a file in one message', async () => {
    const { code, notes } = await weights('inspect', at('train.jsonl'));
    expect(code).toBe(2);
    expect(notes).toMatch(/train\.jsonl: not a safetensors file/);
  });
});

describe('tessera weights convert', () => {
  it('goes to a model’s own names and back without a difference', async () => {
    const own = at('own.safetensors');
    const back = at('back.safetensors');
    await weights('convert', at('bert'), '--to', own, '--layout', 'own', '--part', 'fusion');
    const { code, out } = await weights('convert', own, '--to', back, '--layout', 'bert', '--part', 'fusion', '--json');
    expect(code).toBe(0);
    expect((JSON.parse(out) as { left: string[] }).left).toEqual([]);
    const [first, second] = [new SafetensorsFile(at('bert/model.safetensors')), new SafetensorsFile(back)];
    expect([...second.names].sort()).toEqual([...first.names].sort());
    for (const name of first.names) expect(valuesOf(second, name), name).toEqual(valuesOf(first, name));
    first.close();
    second.close();
  });

  it('lists what has no place in a model, such as a classifier, and not what PyTorch makes anew', async () => {
    const values = (): Float32Array => Float32Array.of(1);
    const names = ['layer1.0.conv1.weight', 'layer1.0.bn1.num_batches_tracked', 'fc.bias'];
    await writeSafetensors(
      at('resnet.safetensors'),
      names.map((name) => ({ name, shape: [1, 1, 1, 1], values })),
    );
    const args = ['--to', at('hf.safetensors'), '--layout', 'resnet-hf'];
    const { out, notes } = await weights('convert', at('resnet.safetensors'), ...args);
    expect(out, notes).toMatch(/hf\.safetensors: 1 array\nleft out.*: 1 array \(fc\.bias\)/);
  });

  it('does not write over the weights that it reads', async () => {
    const file = at('bert/model.safetensors');
    const { code, notes } = await weights('convert', file, '--to', file, '--overwrite');
    expect([code, notes]).toEqual([2, expect.stringMatching(/--to: must be another file than the weights/)]);
  });

  it('refuses to write nothing', async () => {
    const { code, notes } = await weights('convert', at('bert'), '--to', at('y.safetensors'), '--layout', 'resnet');
    expect(code).toBe(2);
    expect(notes).toMatch(/none of the arrays has a name in the layout/);
    expect(existsSync(at('y.safetensors'))).toBe(false);
  });
});
