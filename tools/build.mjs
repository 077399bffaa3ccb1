// Emits each package's JavaScript twice, dist/esm and dist/cjs, by TypeScript's own transpiler: no type checking, so a
// fresh clone starts in seconds. `node tools/build.mjs` builds all packages, `node tools/build.mjs packages/core` one;
// with --types the declarations follow (tsc -b, which checks everything) and are copied beside the CommonJS files.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const args = process.argv.slice(2);
const withTypes = args.includes('--types');
const named = args.filter((arg) => !arg.startsWith('--'));
const packages = named.length
  ? named.map((name) => resolve(name))
  : readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name));

const sourcesOf = (folder) =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.ts') && !/\.(d|test|test-d)\.ts$/.test(file));

const modifiedAt = (file) => (existsSync(file) ? statSync(file).mtimeMs : -1);

/** Files under dist whose source is gone would otherwise stay importable. */
const removeOrphans = (packageFolder, format, files) => {
  const kept = new Set(files.map((file) => file.replace(/\.ts$/, '')));
  const folder = join(packageFolder, 'dist', format);
  if (!existsSync(folder)) return;
  for (const file of readdirSync(folder, { recursive: true }).map(String)) {
    if (/\.(d\.ts|js)$/.test(file) && !kept.has(file.replace(/\.(d\.ts|js)$/, ''))) rmSync(join(folder, file));
  }
};

let typescript;
const transpile = async (source, fileName, format) => {
  typescript ??= (await import('typescript')).default;
  const { ModuleKind, ScriptTarget, transpileModule } = typescript;
  // A .cts name makes the output CommonJS that keeps a real import() for packages that exist as ES modules only.
  const { outputText } = transpileModule(source, {
    fileName: format === 'esm' ? fileName.replace(/\.ts$/, '.mts') : fileName.replace(/\.ts$/, '.cts'),
    compilerOptions: {
      target: ScriptTarget.ES2022,
      module: ModuleKind.NodeNext,
      esModuleInterop: true,
      isolatedModules: true,
    },
  });
  return outputText;
};

let emitted = 0;
for (const packageFolder of packages) {
  const sourceFolder = join(packageFolder, 'src');
  if (!existsSync(sourceFolder)) continue;
  const files = sourcesOf(sourceFolder);
  for (const format of ['esm', 'cjs']) {
    const outFolder = join(packageFolder, 'dist', format);
    mkdirSync(outFolder, { recursive: true });
    const type = format === 'esm' ? 'module' : 'commonjs';
    const manifest = join(outFolder, 'package.json');
    if (!existsSync(manifest)) writeFileSync(manifest, JSON.stringify({ type }) + '\n');
    for (const file of files) {
      const from = join(sourceFolder, file);
      const to = join(outFolder, file.replace(/\.ts$/, '.js'));
      if (modifiedAt(to) >= modifiedAt(from) && modifiedAt(to) >= modifiedAt(fileURLToPath(import.meta.url))) continue;
      mkdirSync(dirname(to), { recursive: true });
      writeFileSync(to, await transpile(readFileSync(from, 'utf8'), from, format));
      emitted += 1;
    }
    removeOrphans(packageFolder, format, files);
  }
}
if (emitted)
  console.log(`built ${emitted} files in ${named.length ? relative(process.cwd(), packages[0]) || '.' : 'packages'}`);

if (withTypes) {
  const tsc = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-b', ...(named.length ? packages : [root])],
    { stdio: 'inherit' },
  );
  if (tsc.status !== 0) process.exit(tsc.status ?? 1);
  for (const packageFolder of packages) {
    const types = join(packageFolder, 'dist/esm');
    if (!existsSync(types)) continue;
    for (const file of readdirSync(types, { recursive: true }).map(String)) {
      if (file.endsWith('.d.ts')) cpSync(join(types, file), join(packageFolder, 'dist/cjs', file));
    }
  }
}
