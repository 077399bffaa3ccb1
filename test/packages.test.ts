// What npm reads of each package: every entry is there for import, require and older resolvers alike, and the sources
// import nothing that the manifest does not declare.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const packages = resolve(import.meta.dirname, '../packages');

interface Manifest {
  readonly name: string;
  readonly description: string;
  readonly license: string;
  readonly engines: object;
  readonly files: readonly string[];
  readonly main: string;
  readonly types: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly typesVersions?: { readonly '*': Readonly<Record<string, readonly string[]>> };
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

const manifests = readdirSync(packages).map((folder) => {
  const text = readFileSync(join(packages, folder, 'package.json'), 'utf8');
  return [folder, JSON.parse(text) as Manifest] as const;
});

/** A package's entries: file names under src without their ending, by subpath. */
const entriesOf = ({ exports }: Manifest): [string, string][] =>
  Object.keys(exports)
    .filter((subpath) => typeof exports[subpath] !== 'string') // a file as it is
    .map((subpath) => [subpath, subpath === '.' ? 'index' : subpath.slice(2)]);

/** Names of the packages that a package's sources import, tests aside; types count, for declarations repeat them. */
function importedPackages(folder: string): Set<string> {
  const sources = join(packages, folder, 'src');
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' });
  const specifiers = files
    .filter((file) => /(?<!\.test|\.test-d)\.ts$/.test(file))
    .flatMap((file) => ts.preProcessFile(readFileSync(join(sources, file), 'utf8')).importedFiles)
    .map(({ fileName }) => fileName);
  const outside = specifiers.filter((specifier) => !specifier.startsWith('.') && !isBuiltin(specifier));
  return new Set(outside.map((specifier) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')));
}

/** What declarations name without an import in the sources, in types that the compiler infers. */
const inferred: Readonly<Record<string, readonly string[]>> = { tessera: ['@tensorflow/tfjs-core', 'zod'] };

/** Packages of nothing but headers, for the C++ sources that are compiled where they are used. */
const headers: Readonly<Record<string, readonly string[]>> = { backends: ['node-addon-api', 'node-api-headers'] };

/** What a package holds beside its code and its sources. */
const ownFolders = ['bin', 'native'];

const sharedFiles = (files: readonly string[]): string[] => files.filter((file) => !ownFolders.includes(file));

describe.each(manifests)('packages/%s', (folder, manifest) => {
  it('has a source for every entry, and every entry for import, require and resolvers that read no exports', () => {
    const entry = (name: string, format: string): object => ({
      types: `./dist/${format}/${name}.d.ts`,
      default: `./dist/${format}/${name}.js`,
    });
    for (const [subpath, name] of entriesOf(manifest)) {
      expect(manifest.exports[subpath]).toEqual({
        '@tessera/source': `./src/${name}.ts`,
        import: entry(name, 'esm'),
        require: entry(name, 'cjs'),
      });
      expect(existsSync(join(packages, folder, 'src', `${name}.ts`)), `src/${name}.ts`).toBe(true);
      if (subpath !== '.') expect(manifest.typesVersions?.['*'][name]).toEqual([`./dist/cjs/${name}.d.ts`]);
    }
    expect(manifest).toMatchObject({ main: './dist/cjs/index.js', types: './dist/cjs/index.d.ts' });
  });

  it('is packed like the others: built, with its licence, for the same versions of Node', () => {
    const [, { files, engines, license, scripts }] = manifests[0] ?? [folder, manifest];
    expect(manifest).toMatchObject({
      engines,
      license,
      scripts: { build: scripts['build'], prepack: scripts['prepack'] },
    });
    expect(sharedFiles(manifest.files)).toEqual(sharedFiles(files));
    expect(manifest.description).not.toBe('');
    expect(existsSync(join(packages, folder, 'README.md'))).toBe(true);
  });

  it('declares what its sources import, and nothing else', () => {
    const needed = new Set([...importedPackages(folder), ...(inferred[folder] ?? []), ...(headers[folder] ?? [])]);
    expect(Object.keys(manifest.dependencies).sort()).toEqual([...needed].sort());
  });

  it('is built after the packages that it imports, and no others', () => {
    const { config } = ts.readConfigFile(join(packages, folder, 'tsconfig.json'), (file) => ts.sys.readFile(file));
    const { references = [] } = config as { references?: readonly { path: string }[] };
    const built = references.map(({ path }) => manifests.find(([name]) => `../${name}` === path)?.[1].name);
    const names = new Set(manifests.map(([, { name }]) => name));
    expect(built.sort()).toEqual(
      Object.keys(manifest.dependencies)
        .filter((name) => names.has(name))
        .sort(),
    );
  });
});

it('every package asks for the same version of what several need', () => {
  const versions = new Map<string, string>();
  for (const [, { name, dependencies }] of manifests) {
    for (const [dependency, version] of Object.entries(dependencies)) {
      expect(version, `${dependency} in ${name}`).toBe(versions.get(dependency) ?? version);
      versions.set(dependency, version);
    }
  }
});
