import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointError } from '@tessera/core';
import { openTensors, PytorchFile, writeSafetensors } from '@tessera/weights/node';
import { zipOf } from '../zipOf.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-'));
  path = join(folder, 'a.pt');
});
afterEach(() => rmSync(folder, { recursive: true }));

const latin = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

/** A checkpoint whose pickle is this text of instructions, with one storage of six float32 numbers. */
function checkpoint(pickle: string): string {
  const numbers = new Uint8Array(Float32Array.of(0, 1, 2, 3, 4, 5).buffer);
  writeFileSync(
    path,
    zipOf({
      'a/data.pkl': latin(pickle),
      'a/byteorder': latin('little'),
      'a/data/0': numbers,
      'a/version': latin('3\n'),
    }),
  );
  return path;
}

/** Instructions for {'w': tensor}; sizes and strides as tuples of small numbers. */
function tensorPickle({ offset = 0, shape = [2, 3], strides = [3, 1], length = 6, key = '0' } = {}): string {
  const small = (n: number): string => `K${String.fromCharCode(n)}`;
  const tuple = (numbers: readonly number[]): string => `(${numbers.map(small).join('')}t`;
  const text = (value: string): string => `\x8c${String.fromCharCode(value.length)}${value}`;
  const storage = `(${text('storage')}ctorch\nFloatStorage\n${text(key)}${text('cpu')}${small(length)}tQ`;
  const tensor = `ctorch._utils\n_rebuild_tensor_v2\n(${storage}${small(offset)}${tuple(shape)}${tuple(strides)}\x89ccollections\nOrderedDict\n)RtR`;
  return `\x80\x02}${text('w')}${tensor}s.`;
}

describe('PytorchFile', () => {
  it('reads what torch.save wrote: half, bfloat16, integers, views, parameters, a state dict among other things', () => {
    const file = new PytorchFile(join(import.meta.dirname, 'torchCheckpoint.pt'));
    expect([...file.tensors].map(([name, { dtype, shape }]) => [name, dtype, shape])).toEqual([
      ['weight', 'F32', [2, 3]],
      ['transposed', 'F32', [3, 2]],
      ['half', 'F16', [2]],
      ['bfloat', 'BF16', [2]],
      ['steps', 'I64', []],
      ['sliced', 'F32', [2]],
      ['empty', 'F32', [0, 4]],
      ['parameter', 'F32', [2]],
    ]);
    const read = (name: string): number[] => [...(file.read(name)?.values ?? [])];
    expect(read('weight')).toEqual([0, 1, 2, 3, 4, 5]);
    expect(read('transposed')).toEqual([0, 3, 1, 4, 2, 5]);
    expect(read('half')).toEqual([0.5, -2]);
    expect(read('bfloat')).toEqual([1.5, -3]);
    expect(read('steps')).toEqual([7]);
    expect(read('sliced')).toEqual([1, 4]);
    expect(read('empty')).toEqual([]);
    expect(read('parameter')).toEqual([8, 9]);
    file.close();
  });

  it('reads views by their offset and strides', () => {
    const file = new PytorchFile(checkpoint(tensorPickle({ offset: 1, shape: [2, 2], strides: [1, 3] })));
    expect(file.read('w')).toEqual({ shape: [2, 2], values: Float32Array.of(1, 4, 2, 5) });
    file.close();
    expect(() => file.read('w')).toThrow(/was closed/);
  });

  const hostile: Readonly<Record<string, readonly [pickle: string, named: string]>> = {
    'os.system': ['\x80\x02cposix\nsystem\n\x8c\x07echo hi\x85R.', 'the global "posix.system"'],
    'eval by the newer instruction': [
      '\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R.',
      'the global "builtins.eval"',
    ],
    'a class of the training program': ['\x80\x02c__main__\nModel\n)\x81.', 'the global "__main__.Model"'],
    'torch’s own loader': ['\x80\x02ctorch\nload\n\x8c\x01x\x85R.', 'the global "torch.load"'],
    'a dotted name below an allowed module': [
      '\x80\x04\x8c\x0ctorch._utils\x8c\x1e_rebuild_tensor_v2.__globals__\x93.',
      'the global "torch._utils._rebuild_tensor_v2.__globals__"',
    ],
    'an object of an allowed class': ['\x80\x02ccollections\nOrderedDict\n)\x81.', 'the instruction 0x81'],
    'an instance of an old class': ['(\x8c\x02hiiposix\nsystem\n.', 'the instruction 0x69'],
    'an extension code': ['\x80\x02\x82\x01.', 'the instruction 0x82'],
    'attributes of a tensor': [tensorPickle().replace('s.', '}bs.'), 'attributes of an object'],
    'a call of a text': ['\x80\x02\x8c\x04eval)R.', 'a call of what is no function'],
  };
  it.each(Object.entries(hostile))('refuses %s and names it', (_, [pickle, named]) => {
    let message = '';
    try {
      new PytorchFile(checkpoint(pickle));
    } catch (error) {
      expect(error).toBeInstanceOf(CheckpointError);
      message = (error as Error).message;
    }
    expect(message).toContain(named);
    expect(message).toContain(path);
  });

  const damaged: Readonly<Record<string, string>> = {
    'a storage too short for its tensor': tensorPickle({ shape: [2, 4], strides: [4, 1], length: 200 }),
    'strides out of the storage': tensorPickle({ strides: [5, 1] }),
    'a view of more elements than its storage': tensorPickle({ shape: [100, 100], strides: [0, 0] }),
    'a storage that is not there': tensorPickle({ key: '1' }),
    'a storage named as a path': tensorPickle({ key: '../0' }),
    'an unfinished pickle': '\x80\x02}\x8c\x01w',
    'a text longer than the file': '\x80\x02X\xff\xff\xff\x7fabc.',
    'instructions on an empty stack': '\x80\x02tR.',
    'a memory that holds nothing': '\x80\x02h\x05.',
    'no tensors': '\x80\x02}.',
    'a dictionary that holds itself': '\x80\x02}q\x00\x8c\x01ah\x00s.',
    // Each level holds the one before twice.
    'a dictionary that unfolds without end': `\x80\x02}q\x00${Array.from({ length: 40 }, (_, i) => `}q${String.fromCharCode(i + 1)}(\x8c\x01ah${String.fromCharCode(i)}\x8c\x01bh${String.fromCharCode(i)}u`).join('')}.`,
  };
  it.each(Object.entries(damaged))('refuses %s', (_, pickle) => {
    expect(() => new PytorchFile(checkpoint(pickle))).toThrow(CheckpointError);
  });

  it('refuses the format before zip files with the way to convert it', () => {
    writeFileSync(path, latin('\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.'));
    expect(() => openTensors(path)).toThrow(/since PyTorch 1\.6.*older format.*weights_only=True/s);
    expect(() => openTensors(path)).toThrow(CheckpointError);
  });

  it('refuses TorchScript programs, other zip files and what is packed', () => {
    writeFileSync(path, zipOf({ 'm/data.pkl': latin('}.'), 'm/constants.pkl': latin('}.') }));
    expect(() => openTensors(path)).toThrow(/TorchScript program/);
    writeFileSync(path, zipOf({ 'readme.txt': latin('hello') }));
    expect(() => openTensors(path)).toThrow(/must hold data\.pkl/);
    writeFileSync(path, zipOf({ 'm/data.pkl': latin('}.') }, { method: 8 }));
    expect(() => openTensors(path)).toThrow(/"m\/data\.pkl" compressed/);
    writeFileSync(path, 'not found');
    expect(() => openTensors(path)).toThrow(/must be a PyTorch checkpoint/);
  });

  it('refuses a file cut short at any place', () => {
    const whole = readFileSync(checkpoint(tensorPickle()));
    for (let size = 0; size < whole.length; size += 7) {
      writeFileSync(path, whole.subarray(0, size));
      expect(() => new PytorchFile(path), `${size} bytes`).toThrow(CheckpointError);
    }
  });
});

describe('openTensors', () => {
  const shard = (name: string, tensor: string): Promise<void> =>
    writeSafetensors(join(folder, name), [{ name: tensor, shape: [1], values: () => Float32Array.of(tensor.length) }]);
  const index = (map: unknown): void =>
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map: map }));

  it('reads a checkpoint in several files as one', async () => {
    await shard('model-1.safetensors', 'a');
    await shard('model-2.safetensors', 'bb');
    index({ bb: 'model-2.safetensors', a: 'model-1.safetensors' });
    const file = openTensors(folder);
    expect([...file.tensors.keys()]).toEqual(['bb', 'a']);
    expect(file.read('bb')?.values).toEqual(Float32Array.of(2));
    expect(file.read('none')).toBeUndefined();
    file.close();
  });

  it('refuses an index whose files are missing, lack a tensor or lie elsewhere', async () => {
    await shard('model-1.safetensors', 'a');
    index({ a: 'model-1.safetensors', b: 'model-2.safetensors' });
    expect(() => openTensors(folder)).toThrow(/model-2\.safetensors: cannot be read \(ENOENT\)/);
    index({ b: 'model-1.safetensors' });
    expect(() => openTensors(folder)).toThrow(/must hold the tensor "b"/);
    index({ a: '../model-1.safetensors' });
    expect(() => openTensors(folder)).toThrow(/got "\.\.\/model-1\.safetensors" for "a"/);
    index(undefined);
    expect(() => openTensors(folder)).toThrow(/got no weight_map/);
  });

  it('takes the one file of weights in a folder, and asks where there are several', async () => {
    await shard('weights.safetensors', 'a');
    const file = openTensors(folder);
    expect(file.description).toBe(join(folder, 'weights.safetensors'));
    file.close();
    await shard('more.safetensors', 'b');
    expect(() => openTensors(folder)).toThrow(/got more\.safetensors, weights\.safetensors\. Name the file/);
  });
});
