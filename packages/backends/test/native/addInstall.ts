// For tests: an installation of native TensorFlow that can be found, not loaded.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installKey, TFJS_VERSION, type NativeInstall } from '../../src/native/nativeInstalls.js';

const files = [
  'load.cjs',
  'lib/tfjs_binding.node',
  'lib/libtessera_log_level.so',
  'lib/libtensorflow_cc.so.2',
  'lib/libtensorflow_framework.so.2',
  'node_modules/@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js',
];

/** What of an installation tests choose. */
export type TestInstall = Partial<NativeInstall> & Pick<NativeInstall, 'sourceHash'>;

/** Adds the files that are looked for, empty, to a folder of installations. Returns the installation's folder. */
export function addInstall(cache: string, chosen: TestInstall): string {
  const told = {
    tfjs: TFJS_VERSION,
    tensorflow: '2.21.0',
    variant: 'cpu' as const,
    origin: 'a test',
    installedAt: '2026-01-01T00:00:00.000Z',
    ...chosen,
  };
  const folder = join(cache, installKey(told));
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
  writeFileSync(join(folder, 'install.json'), JSON.stringify(told));
  return folder;
}
