import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { pluginInterface } from '@tessera/core';
import { builtIns } from 'tessera';
import type { CommandContext } from '../commandContext.js';
import { cut } from '../terminal/width.js';
import { UsageError } from '../usageError.js';
import { version } from '../version.js';
import { datasetTemplate } from './pluginTemplates/dataset.js';
import { encoderTemplate } from './pluginTemplates/encoder.js';
import { fusionTemplate } from './pluginTemplates/fusion.js';
import { headTemplate } from './pluginTemplates/head.js';
import { lossTemplate } from './pluginTemplates/loss.js';
import type { PluginTemplate, TemplateImport } from './pluginTemplates/template.js';
import { shellWord } from './shellWord.js';

const templates = {
  encoder: encoderTemplate,
  fusion: fusionTemplate,
  head: headTemplate,
  loss: lossTemplate,
  dataset: datasetTemplate,
} as const;

/** Of npm, for names of packages. */
const longestName = 214;

/** Flags of `tessera plugin new`. */
export interface NewPluginFlags {
  readonly kind: keyof typeof templates;
  readonly language: 'typescript' | 'javascript';
  readonly module: 'esm' | 'commonjs';
}

/** A package to write. */
interface NewPlugin extends NewPluginFlags {
  /** Of the package. */
  readonly packageName: string;
  /** Of the part in specs. */
  readonly partName: string;
  readonly template: PluginTemplate;
}

/** Writes a package with a part, its contract test, a README and types. */
export function runNewPlugin({ terminal }: CommandContext, path: string, flags: NewPluginFlags): void {
  const packageName = path.startsWith('@') || path.trim() === '' ? path : basename(resolve(path));
  if (!/^(@[a-z0-9-]+\/)?[a-z0-9]+(-[a-z0-9]+)*$/.test(packageName) || packageName.length > longestName) {
    throw new UsageError(
      `plugin new: a name must be of small letters, digits and hyphens, ${longestName} at most, got "${cut(packageName, 80)}". Write for example tessera-plugin-sensor.`,
    );
  }
  const folder = path.startsWith('@') ? basename(path) : path;
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new UsageError(`${folder}: the folder is not empty. Give another name.`);
  const partName = basename(packageName).replace(/^tessera-(plugin-)?/, '') || basename(packageName);
  if (
    builtIns.some(({ components }) => components.some(({ kind, name }) => kind === flags.kind && name === partName))
  ) {
    throw new UsageError(
      `plugin new: a part must have a name of its own, got ${partName}, which is a built-in ${flags.kind}. Write for example tessera-plugin-own-${partName}.`,
    );
  }
  const plugin = { ...flags, packageName, partName, template: templates[flags.kind] };
  for (const [file, text] of Object.entries(filesOf(plugin))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  terminal.print(`${folder}: a package with the ${flags.kind} ${partName} is written.`);
  terminal.note(
    'Next:',
    `  cd ${shellWord(folder)} && npm install && npm test`,
    `  npm install ${shellWord(isAbsolute(folder) || folder.startsWith('.') ? folder : `./${folder}`)}, and tessera plugins lists it`,
  );
}

/** Texts by file name. */
function filesOf(plugin: NewPlugin): Record<string, string> {
  const isTypeScript = plugin.language === 'typescript';
  return {
    'package.json': `${JSON.stringify(manifestOf(plugin), undefined, 2)}\n`,
    [isTypeScript ? 'src/index.ts' : 'index.js']: sourceOf(plugin),
    ...(isTypeScript ? { 'tsconfig.json': tsconfigOf() } : { 'index.d.ts': declarationsOf(plugin) }),
    [`test/contract.test.${plugin.module === 'esm' ? 'mjs' : 'cjs'}`]: testOf(plugin),
    'README.md': readmeOf(plugin),
    '.gitignore': 'node_modules/\ndist/\n',
  };
}

function manifestOf(plugin: NewPlugin): object {
  const { packageName, kind, partName, language, module, template } = plugin;
  const isTypeScript = language === 'typescript';
  const [entry, types] = isTypeScript ? ['./dist/index.js', './dist/index.d.ts'] : ['./index.js', './index.d.ts'];
  const own = `^${version}`;
  const versionOf = (name: string): string =>
    name.startsWith('@tessera/') ? own : name === 'zod' ? '^4.0.0' : '^4.22.0';
  const peers = template.imports.filter(({ from }) => !from.startsWith('node:')).map(({ from }) => from);
  return {
    name: packageName,
    version: '0.1.0',
    description: `The ${kind} ${partName} for Tessera.`,
    type: module === 'esm' ? 'module' : 'commonjs',
    main: entry,
    types,
    exports: { '.': { types, default: entry }, './package.json': './package.json' },
    files: isTypeScript ? ['dist', 'src'] : ['index.js', 'index.d.ts'],
    tessera: { plugin: entry, interface: `^${pluginInterface}` },
    scripts: isTypeScript ? { build: 'tsc', prepack: 'tsc', test: 'tsc && node --test' } : { test: 'node --test' },
    // One TensorFlow.js for all, which the application brings.
    peerDependencies: Object.fromEntries(
      [...new Set(['@tensorflow/tfjs-core', ...peers])].sort().map((name) => [name, versionOf(name)]),
    ),
    devDependencies: {
      '@tensorflow/tfjs-backend-cpu': '^4.22.0',
      '@tessera/testing': own,
      ...(isTypeScript && { '@types/node': '^20.0.0', typescript: '>=5.4' }),
    },
  };
}

/** A line that takes names from a package, in the module format and language of a file. */
function importLine({ from, names = [], types = [] }: TemplateImport, esm: boolean, typed: boolean): string {
  if (!esm) return names.length === 0 ? `require('${from}');` : `const { ${names.join(', ')} } = require('${from}');`;
  const all = [...names, ...(typed ? types.map((name) => `type ${name}`) : [])];
  return all.length === 0 ? `import '${from}';` : `import { ${all.join(', ')} } from '${from}';`;
}

/** A template's code in one language, with the part's name. */
const spell = (code: string, partName: string, typed: boolean): string =>
  code.replaceAll('NAME', partName).replaceAll(typed ? /[⟨⟩]/g : /⟨[^⟩]*⟩/g, '');

function sourceOf({ template, packageName, partName, language, module }: NewPlugin): string {
  const typed = language === 'typescript';
  const esm = typed || module === 'esm'; // TypeScript writes CommonJS itself
  const imports = template.imports.map((one) => importLine(one, esm, typed)).join('\n');
  const plugin = `definePlugin({ name: '${packageName}', components: [part] })`;
  const end = esm ? `export const plugin = ${plugin};` : `exports.plugin = ${plugin};`;
  return `${imports}\n\n${spell(template.code, partName, typed)}\n${end}\n`;
}

const declarationsOf = ({ template, partName }: NewPlugin): string =>
  `import type { ${template.typeImports.join(', ')} } from '@tessera/core';
import type { z } from 'zod';

export declare const plugin: Plugin<readonly [${template.type.replaceAll('NAME', partName)}]>;
`;

const tsconfigOf = (): string =>
  `${JSON.stringify(
    {
      compilerOptions: {
        target: 'es2022',
        module: 'nodenext',
        strict: true,
        declaration: true,
        skipLibCheck: true,
        types: ['node'],
        rootDir: 'src',
        outDir: 'dist',
      },
      include: ['src'],
    },
    undefined,
    2,
  )}\n`;

function testOf({ template, packageName, partName, kind, module }: NewPlugin): string {
  const esm = module === 'esm';
  const lines = [
    { from: 'node:test', names: ['before', 'describe', 'it'] },
    ...(template.testSetup ?? []),
    { from: '@tensorflow/tfjs-backend-cpu' },
    { from: '@tensorflow/tfjs-core', names: ['setBackend'] },
    { from: '@tessera/testing', names: ['describeParts'] },
    { from: packageName, names: ['plugin'] },
  ].map((one) => importLine(one, esm, false));
  return `// What every ${kind} of Tessera keeps to, with this one: add a case for each of its ways to be used.
${lines.join('\n')}

${(template.testCode ?? '').replaceAll('NAME', partName)}before(() => setBackend('cpu'));

describeParts({ describe, it }, [plugin], {
  ${kind}: {
    '${partName}': [${template.testCase}],
  },
});
`;
}

const readmeOf = ({ packageName, partName, kind, template, language }: NewPlugin): string => `# ${packageName}

The ${kind} \`${partName}\` for Tessera. Installed in a project, it is found by its name in a spec:

\`\`\`yaml
${template.spec.replaceAll('NAME', partName)}
\`\`\`

\`\`\`sh
npm install ${packageName}
npx tessera plugins # lists it with its options
\`\`\`

\`npm test\` ${language === 'typescript' ? 'compiles and ' : ''}runs the contract of its kind (\`@tessera/testing\`): shapes, masks, gradients, memory, messages.
`;
