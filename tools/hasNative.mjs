// Exit code 0 where an installation of native TensorFlow fits this checkout (`tessera backend install`): whether the tests
// that need one can run.
import { fileURLToPath } from 'node:url';
import { createJiti } from 'jiti';

const source = (path) => fileURLToPath(new URL(path, import.meta.url));
const jiti = createJiti(import.meta.url, { alias: { '@tessera/core': source('../packages/core/src/index.ts') } });
const { findInstall } = await jiti.import(source('../packages/backends/src/native/nativeInstalls.ts'));
const found = [await findInstall('cpu'), await findInstall('gpu')];
process.exitCode = found.some((search) => 'install' in search) ? 0 : 1;
