import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import { findInstall, type NativeVariant } from './packages/backends/src/native/nativeInstalls.js';

// Tests import packages by name and get their sources, so that no build is needed first.
const conditions = ['@tessera/source', 'node', 'import', 'module', 'default'];

/** Tests on native TensorFlow. TESSERA_REQUIRE_NATIVE=1 (CI) runs them in any case, so that they fail without. */
const nativeTests = ['test/native/**/*.test.ts'];
const isInstalled = async (variant: NativeVariant): Promise<boolean> => 'install' in (await findInstall(variant));
const runsNative =
  process.env['TESSERA_REQUIRE_NATIVE'] === '1' || (await isInstalled('cpu')) || (await isInstalled('gpu'));
if (!runsNative) {
  console.log(
    'The tests of native TensorFlow are left out: it is not installed. node packages/cli/bin/tessera.js backend install provides it.',
  );
}

/** Tests on a WebGPU adapter, real or software. TESSERA_REQUIRE_WEBGPU=1 (CI) runs them in any case, so that they fail without. */
const webgpuTests = ['packages/backends/src/kernels/webgpu/**/*.test.ts', 'test/webgpu/**/*.test.ts'];
const required = process.env['TESSERA_REQUIRE_WEBGPU'] === '1';
// In a process of its own: Dawn writes to stderr, and a broken driver may take its process with it.
const runsWebgpu =
  required || spawnSync(process.execPath, [join(import.meta.dirname, 'tools/hasWebgpu.mjs')]).status === 0;
if (!runsWebgpu) {
  console.log(
    'The WebGPU tests are left out: no WebGPU adapter is here. tools/softwareVulkan.mjs says how to get one.',
  );
}

/** Tests that read videos by ffmpeg. TESSERA_REQUIRE_FFMPEG=1 (CI) runs them in any case, so that they fail without. */
const ffmpegTests = ['test/ffmpeg/**/*.test.ts'];
const runsFfmpeg =
  process.env['TESSERA_REQUIRE_FFMPEG'] === '1' || spawnSync('ffmpeg', ['-version'], { stdio: 'ignore' }).status === 0;
if (!runsFfmpeg) {
  console.log(
    'The tests of videos by ffmpeg are left out: no program "ffmpeg" is here. packages/video/README.md says how to install it.',
  );
}

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['node', 'import'] } },
  test: {
    exclude: [
      ...configDefaults.exclude,
      ...(runsNative ? [] : nativeTests),
      ...(runsWebgpu ? [] : webgpuTests),
      ...(runsFfmpeg ? [] : ffmpegTests),
    ],
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts', 'examples/*/test/**/*.test.ts'],
    environment: 'node',
    setupFiles: ['test/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
