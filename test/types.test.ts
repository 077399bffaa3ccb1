// Type tests (`*.test-d.ts`) are checked by the compiler: a finding there, or an unused @ts-expect-error, fails here.
import { readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

const typeTests = readdirSync(join(root, 'packages')).flatMap((name) => {
  const sources = join(root, 'packages', name, 'src');
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.test-d.ts')).map((file) => join(sources, file));
});

function compile(): ts.Program {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), (file) => ts.sys.readFile(file));
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, root);
  return ts.createProgram(typeTests, { ...options, composite: false, incremental: false, noEmit: true });
}

describe('the compiler', () => {
  const program = compile();

  it.each(typeTests.map((file) => [relative(root, file), file] as const))('agrees with %s', (_, file) => {
    const source = program.getSourceFile(file);
    const findings = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    const shown = findings.map(({ start = 0, messageText }) => {
      const line = (source?.getLineAndCharacterOfPosition(start).line ?? 0) + 1;
      return `line ${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
    expect(shown).toEqual([]);
  });
});
