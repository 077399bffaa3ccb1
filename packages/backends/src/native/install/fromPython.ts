// TensorFlow as a Python environment has it installed. The package is looked at, never imported: that takes seconds and
// prints.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BackendError } from '@tessera/core';
import type { NativeVariant } from '../nativeInstalls.js';
import { lastLines, runProgram } from './runProgram.js';
import { linkFile, linkFolder, tensorflowLibraries } from './tensorflowFiles.js';

/** TensorFlow in a Python environment. */
export interface PythonTensorflow {
  /** The folder of the package `tensorflow`. */
  readonly folder: string;
  readonly version: string;
  readonly variant: NativeVariant;
}

const question = `
import importlib.metadata as metadata, importlib.util as util, json
spec = util.find_spec("tensorflow")
found = {"folder": None if spec is None else list(spec.submodule_search_locations or [None])[0], "version": None}
for name in ("tensorflow", "tensorflow-cpu", "tensorflow-cpu-aws", "tf-nightly", "tf-nightly-cpu"):
    try:
        found["version"] = metadata.version(name)
        break
    except metadata.PackageNotFoundError:
        pass
print(json.dumps(found))
`;

/**
 * Looks for TensorFlow in the environment of a Python interpreter.
 * @throws BackendError when the interpreter does not run or has no TensorFlow with C++ libraries and headers
 */
export async function pythonTensorflow(python: string): Promise<PythonTensorflow> {
  const { folder, version } = await ask(python);
  if (folder === null || version === null) {
    throw new BackendError(
      `backend install: the Python of --from-python must have TensorFlow, got "${python}" without it. ` +
        `Install it there (${python} -m pip install tensorflow-cpu), or leave the option out to download it.`,
    );
  }
  const missing = [...tensorflowLibraries, 'include'].find((name) => !existsSync(join(folder, name)));
  if (missing !== undefined) {
    throw new BackendError(
      `backend install: Python's TensorFlow must have ${missing}, got none in ${folder} (TensorFlow ${version}). ` +
        'Use TensorFlow 2.19 or newer for Linux, or leave --from-python out to download it.',
    );
  }
  return { folder, version, variant: isCudaBuild(folder) ? 'gpu' : 'cpu' };
}

interface Answer {
  readonly folder: string | null;
  readonly version: string | null;
}

async function ask(python: string): Promise<Answer> {
  const result = await runProgram(python, ['-I', '-c', question]);
  const answer = result.failure === undefined && result.code === 0 ? parseAnswer(result.stdout) : undefined;
  if (answer) return answer;
  const said = lastLines(result, 3) || 'which answers nothing';
  throw new BackendError(
    `backend install: --from-python must name a Python interpreter, got "${python}" (${said}). ` +
      'Give its path, such as venv/bin/python, or leave the option out to download TensorFlow.',
  );
}

/** The last line, since a Python may greet; undefined for what is no answer to the question. */
function parseAnswer(text: string): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(text.trim().split('\n').at(-1) ?? '');
    return typeof answer === 'object' && answer !== null && 'folder' in answer ? (answer as Answer) : undefined;
  } catch {
    return undefined;
  }
}

function isCudaBuild(folder: string): boolean {
  const told = join(folder, 'python/platform/build_info.py');
  return existsSync(told) && /is_cuda_build'\s*[,:]\s*True/.test(readFileSync(told, 'utf8'));
}

/** Puts its libraries and headers into an installation: as hard links where the disk allows, which outlive the environment. */
export function takeFromPython({ folder }: PythonTensorflow, installation: string): void {
  for (const name of tensorflowLibraries) linkFile(join(folder, name), join(installation, 'lib', name));
  linkFolder(join(folder, 'include'), join(installation, 'include'));
}
