import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pythonTensorflow, takeFromPython } from './fromPython.js';

let scratch: string;
beforeEach(() => (scratch = mkdtempSync(join(tmpdir(), 'from-python-'))));
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

const write = (file: string, text: string): void => {
  mkdirSync(dirname(join(scratch, file)), { recursive: true });
  writeFileSync(join(scratch, file), text);
};

/** An interpreter that answers every question with `answer`. */
const interpreter = (answer: object): string => {
  write('python', `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`);
  chmodSync(join(scratch, 'python'), 0o755);
  return join(scratch, 'python');
};

const addTensorflow = (cuda: boolean): string => {
  write('tensorflow/libtensorflow_cc.so.2', 'library');
  write('tensorflow/libtensorflow_framework.so.2', 'framework');
  write('tensorflow/include/tensorflow/c/c_api.h', 'header');
  const flag = cuda ? 'True' : 'False';
  write('tensorflow/python/platform/build_info.py', `build_info = OrderedDict([('is_cuda_build', ${flag})])`);
  return join(scratch, 'tensorflow');
};

describe('pythonTensorflow', () => {
  it.each([
    [false, 'cpu'],
    [true, 'gpu'],
  ])('reads version and build, CUDA %s', async (cuda, variant) => {
    const folder = addTensorflow(cuda);
    const python = interpreter({ folder, version: '2.21.0' });
    expect(await pythonTensorflow(python)).toEqual({ folder, version: '2.21.0', variant });
  });

  it('says when the interpreter is not there', async () => {
    await expect(pythonTensorflow(join(scratch, 'nowhere'))).rejects.toThrow(
      /must name a Python interpreter, got ".*nowhere" \(ENOENT\)/,
    );
  });

  it.each(['exit 0', 'echo hello', 'echo 3'])('says when it is no Python: %s', async (script) => {
    write('python', `#!/bin/sh\n${script}\n`);
    chmodSync(join(scratch, 'python'), 0o755);
    await expect(pythonTensorflow(join(scratch, 'python'))).rejects.toThrow(/must name a Python interpreter, got/);
  });

  it('says how to get TensorFlow where the environment has none', async () => {
    const python = interpreter({ folder: null, version: null });
    await expect(pythonTensorflow(python)).rejects.toThrow(/must have TensorFlow.*-m pip install tensorflow-cpu/);
  });

  it('refuses a build without headers', async () => {
    const folder = addTensorflow(false);
    rmSync(join(folder, 'include'), { recursive: true });
    const python = interpreter({ folder, version: '2.21.0' });
    await expect(pythonTensorflow(python)).rejects.toThrow(/must have include, got none/);
  });
});

describe('takeFromPython', () => {
  it('leaves an installation that outlives the environment', () => {
    const folder = addTensorflow(false);
    takeFromPython({ folder, version: '2.21.0', variant: 'cpu' }, join(scratch, 'install'));
    rmSync(folder, { recursive: true });
    expect(readFileSync(join(scratch, 'install/lib/libtensorflow_cc.so.2'), 'utf8')).toBe('library');
    expect(readFileSync(join(scratch, 'install/include/tensorflow/c/c_api.h'), 'utf8')).toBe('header');
  });
});
