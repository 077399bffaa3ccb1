// Compiles a package's assembly/ (AssemblyScript) to a WebAssembly module, as base64.
import { join } from 'node:path';
import asc from 'assemblyscript/asc';

/**
 * @param folder - of the package
 * @param features - that are enabled, such as `simd`
 */
export async function compileAssembly(folder, ...features) {
  let binary;
  const options = ['--config', 'asconfig.json', '--outFile', 'kernels.wasm', '--baseDir', join(folder, 'assembly')];
  const enabled = features.flatMap((feature) => ['--enable', feature]);
  const { error, stderr } = await asc.main(['index.ts', ...options, ...enabled], {
    writeFile: (name, contents) => {
      if (name.endsWith('.wasm')) binary = contents;
    },
  });
  if (error || !binary) throw new Error(`compileAssembly: ${error?.message ?? 'no output'}\n${stderr.toString()}`);
  return Buffer.from(binary).toString('base64');
}
