// Rule: what a package's main entry loads must run in a browser. Files reached from src/node.ts alone are free.
import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, resolve } from 'node:path';

/** npm packages that load Node modules themselves. */
const nodeOnlyPackages = ['sharp', '@huggingface/hub'];

const isNodeOnly = (specifier) =>
  isBuiltin(specifier) || nodeOnlyPackages.some((name) => specifier === name || specifier.startsWith(`${name}/`));

const staticImports = /^(?:import|export)\s(?!type\s)[^;]*?from\s+'(\.[^']+)'|^import\s+'(\.[^']+)'/gm;

const reachableByFolder = new Map();

/** Files that src/index.ts loads, itself included. Types vanish on emit and do not count. */
function reachableFromIndex(sourceFolder) {
  const known = reachableByFolder.get(sourceFolder);
  if (known) return known;
  const reached = new Set();
  const open = [resolve(sourceFolder, 'index.ts')];
  for (let file = open.pop(); file; file = open.pop()) {
    if (reached.has(file) || !existsSync(file)) continue;
    reached.add(file);
    for (const [, named, bare] of readFileSync(file, 'utf8').matchAll(staticImports)) {
      open.push(resolve(dirname(file), (named ?? bare).replace(/\.js$/, '.ts')));
    }
  }
  reachableByFolder.set(sourceFolder, reached);
  return reached;
}

/** The rule `tessera/browser-safe`. */
export const browserSafe = {
  meta: {
    type: 'problem',
    docs: { description: 'Forbid Node modules in files that the main entry of a browser-safe package loads.' },
    messages: {
      nodeModule:
        'src/index.ts loads this file, and this package runs in browsers, where "{{name}}" is not. Move the code that needs it to files below src/node.ts, or ask process.getBuiltinModule() for it inside the function: bundlers for browsers follow import() too.',
    },
    schema: [],
  },
  create(context) {
    const [sourceFolder] = context.filename.match(/^.*?[/\\]packages[/\\][^/\\]+[/\\]src(?=[/\\])/) ?? [];
    if (!sourceFolder || !reachableFromIndex(sourceFolder).has(context.filename)) return {};
    const check = (node) => {
      if (node.importKind === 'type' || !node.source || !isNodeOnly(String(node.source.value))) return;
      context.report({ node, messageId: 'nodeModule', data: { name: node.source.value } });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};
