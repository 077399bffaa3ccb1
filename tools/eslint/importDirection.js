// Which package may import which: the picture in docs/ARCHITECTURE.md as data. An import may go down, never up or
// sideways.

/** Packages by level; a level may import every level below it, and no package of its own level. */
const levels = [
  ['core'],
  ['layers', 'weights'],
  ['text', 'vision', 'audio', 'video', 'fusion', 'objectives'],
  ['data'],
  ['training'],
  ['server', 'reports'],
  ['tessera'],
  ['cli'],
];

/** Packages beside the levels, each with what it may import and who may import it. */
const asides = {
  backends: { imports: ['core', 'layers'], importedBy: ['tessera', 'cli'] },
  testing: { imports: ['core', 'layers'], importedBy: [] },
};

const levelOf = (name) => levels.findIndex((names) => names.includes(name));
const specifierOf = (name) => (name === 'tessera' ? 'tessera' : `@tessera/${name}`);

/** Short names of all packages. */
export const packageNames = [...levels.flat(), ...Object.keys(asides)];

const mayImport = (from, to) => {
  if (asides[to]) return asides[to].importedBy.includes(from);
  if (asides[from]) return asides[from].imports.includes(to);
  return levelOf(to) < levelOf(from);
};

/** Patterns for `no-restricted-imports` in the sources of one package. */
export function forbiddenImports(name) {
  const direction = packageNames
    .filter((other) => other !== name && !mayImport(name, other))
    .map((other) => ({
      regex: `^${specifierOf(other)}(/|$)`,
      message: `${specifierOf(name)} may not import ${specifierOf(other)}: imports go down (docs/ARCHITECTURE.md). Put the shared piece lower, or ask for a service by token.`,
    }));
  const self = {
    regex: `^${specifierOf(name)}(/|$)`,
    message: 'A package imports its own files by relative path, so that a build never loads it twice.',
  };
  return [...direction, self];
}
