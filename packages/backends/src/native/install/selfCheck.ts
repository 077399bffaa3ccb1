import { createRequire } from 'node:module';
import { join } from 'node:path';
import { BackendError } from '@tessera/core';
import { lastLines, runProgram } from './runProgram.js';

/**
 * One training step with a known result, in a process of its own.
 * @throws BackendError when the library does not load or computes something else
 */
export async function selfCheck(folder: string, sources: string): Promise<{ gpu: boolean }> {
  const core = createRequire(join(sources, 'folder.mjs')).resolve('@tensorflow/tfjs-core');
  const result = await runProgram(process.execPath, [join(folder, 'selfCheck.cjs'), core], {
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: process.env['TF_CPP_MIN_LOG_LEVEL'] ?? '2' },
  });
  if (result.code !== 0) {
    throw new BackendError(`backend install: the self-check must run a training step, got:\n${lastLines(result)}`);
  }
  const { good, values, gpu } = JSON.parse(result.stdout) as { good: boolean; values: number[]; gpu: boolean };
  if (good) return { gpu };
  throw new BackendError(
    `backend install: the self-check's training step must give 0.6, 1.7, got ${values.join(', ')}. ` +
      'This library does not compute right on this machine; try another --tensorflow version.',
  );
}
