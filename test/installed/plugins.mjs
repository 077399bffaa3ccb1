// Plugins as their authors have them: the packages are packed and installed in an empty folder outside the repository;
// there `tessera plugin new` writes a package of each kind, whose own test runs, which is packed, installed and found.
// Needs a build (npm run build) and npm's cache or registry. Ends with `N passed, N failed`.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'tessera-outside-'));
const project = join(folder, 'project');
const packs = join(folder, 'packs');
mkdirSync(project);
mkdirSync(packs);

/** The output of a command; throws with it when the command fails. */
function run(command, args, cwd = project) {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    throw new Error(`${command} ${args.join(' ')}:\n${error.stdout ?? ''}${error.stderr ?? ''}`, { cause: error });
  }
}
const npm = (args, cwd) => run('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], cwd);
const tessera = (...args) => run('npx', ['--no-install', 'tessera', ...args]);

let [passed, failed] = [0, 0];
function check(what, body) {
  const started = performance.now();
  try {
    body();
    passed += 1;
    console.log(`ok    ${what} (${Math.round((performance.now() - started) / 1000)} s)`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${what}\n${error.message}`);
  }
}

const plugins = [
  ['encoder', 'typescript', 'esm'],
  ['fusion', 'typescript', 'esm'],
  ['head', 'typescript', 'commonjs'],
  ['loss', 'javascript', 'esm'],
  ['dataset', 'typescript', 'esm'],
  ['encoder', 'typescript', 'commonjs'],
  ['encoder', 'javascript', 'esm'],
  ['encoder', 'javascript', 'commonjs'],
  ['dataset', 'javascript', 'commonjs'],
].map(([kind, language, module]) => {
  const part = [kind, language === 'typescript' ? 'ts' : 'js', module === 'esm' ? 'esm' : 'cjs'].join('-');
  return { kind, language, module, part, name: `tessera-plugin-${part}` };
});

const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const manifest = { name: 'outside', private: true, type: 'module' };
writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));

/** Lists and uses what is installed: a spec of a plugin's encoder, fusion, head and loss. */
function useInstalled() {
  const { plugins: listed, parts } = JSON.parse(tessera('plugins', '--json'));
  for (const { name, kind, part } of plugins) {
    const found = listed.find((one) => one.name === name);
    if (!found) throw new Error(`${name} is not listed.`);
    if (found.fault) throw new Error(`${name}: ${found.fault}`);
    if (found.version !== '0.1.0' || found.provides[kind]?.[0] !== part) throw new Error(JSON.stringify(found));
    if (!parts.some((one) => one.plugin === name && one.name === part))
      throw new Error(`${part} is not among the parts.`);
  }
}

const row = JSON.stringify({ row: [1, 2, 3], animal: 'cat', size: 2 });
const specText = (encoder, more = '') => `${more}modalities: { row: { encoder: ${encoder}, readings: 3 } }
fusion: { type: fusion-ts-esm, hiddenSize: 8 }
heads:
  animal: { type: head-ts-cjs, labels: [cat, dog] }
  size: { type: regression, loss: { type: loss-js-esm } }
data: { type: jsonl, train: rows.jsonl }
training: { epochs: 1, batchSize: 2 }
`;

function trainWith(encoder, more) {
  writeFileSync(join(project, 'rows.jsonl'), `${row}\n${row}\n`);
  writeFileSync(join(project, 'spec.yaml'), specText(encoder, more));
  tessera('train', 'spec.yaml', '--overwrite', '--backend', 'cpu');
  const [first] = tessera('predict', 'runs/model', '--input', 'rows.jsonl', '--backend', 'cpu').split('\n');
  const { animal } = JSON.parse(first);
  if (!['cat', 'dog'].includes(animal.label)) throw new Error(JSON.stringify(animal));
}

try {
  check('the packages are packed and installed in an empty folder', () => {
    npm(['pack', '--workspaces', '--ignore-scripts', '--pack-destination', packs], root);
    const archives = readdirSync(packs).map((file) => join(packs, file));
    const tools = ['typescript', '@types/node'].map((name) => `${name}@${devDependencies[name]}`);
    npm(['install', '--prefer-offline', ...archives, ...tools, '@tensorflow/tfjs-backend-cpu@4.22.0']);
  });
  for (const { name, kind, language, module } of plugins) {
    check(`${name}: written, tested, packed`, () => {
      tessera('plugin', 'new', name, '--kind', kind, '--language', language, '--module', module);
      npm(['test'], join(project, name));
      npm(['pack', '--pack-destination', packs], join(project, name));
      rmSync(join(project, name), { recursive: true });
    });
  }
  check('they are installed and listed', () => {
    npm(['install', '--prefer-offline', ...plugins.map(({ name }) => join(packs, `${name}-0.1.0.tgz`))]);
    useInstalled();
  });
  for (const { part } of plugins.filter(({ kind }) => kind === 'encoder')) {
    check(`${part} trains and predicts`, () => trainWith(part, ''));
  }
  check('a TypeScript module that a spec names trains and predicts', () => {
    tessera('plugin', 'new', 'own', '--kind', 'encoder');
    trainWith('own', 'plugins: [./own/src/index.ts]\n');
  });
  check('their types serve ES modules and CommonJS', () => {
    const use = `import { createWorkbench } from 'tessera';
import { plugin as one } from 'tessera-plugin-encoder-ts-esm';
import { plugin as two } from 'tessera-plugin-encoder-js-esm';
export async function build(): Promise<void> {
  const workbench = await createWorkbench({ plugins: [one, two] });
  const rest = { fusion: { type: 'concat' }, heads: { size: { type: 'regression' } } } as const;
  workbench.defineModel({ modalities: { row: { encoder: 'encoder-js-esm', readings: 3 } }, ...rest });
  // @ts-expect-error an option that the encoder lacks
  workbench.defineModel({ modalities: { row: { encoder: 'encoder-ts-esm', reading: 3 } }, ...rest });
}
`;
    writeFileSync(join(project, 'use.mts'), use);
    writeFileSync(join(project, 'use.cts'), use.replaceAll('-esm', '-cjs'));
    const options = [
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--types',
      'node',
    ];
    run('npx', ['--no-install', 'tsc', ...options, 'use.mts', 'use.cts']);
  });
  check('a broken plugin is named and takes no other down', () => {
    const broken = join(project, 'node_modules/tessera-plugin-broken');
    mkdirSync(broken, { recursive: true });
    const { name, ...rest } = { name: 'tessera-plugin-broken', version: '0.0.1', tessera: { plugin: './index.js' } };
    writeFileSync(join(broken, 'package.json'), JSON.stringify({ name, ...rest }));
    writeFileSync(join(broken, 'index.js'), 'throw new Error("no such device");');
    useInstalled();
    const { fault } = JSON.parse(tessera('plugins', '--json')).plugins.find((one) => one.name === name);
    if (!fault.includes('no such device')) throw new Error(fault);
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
