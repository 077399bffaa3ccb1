// No part escapes the contracts: what a package exports is registered, and what is registered is tried (contracts.test.ts).
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Registry, type AnyDefinition, type Plugin } from '@tessera/core';
import { builtIns } from 'tessera';
import { expect, it } from 'vitest';

const packages = resolve(import.meta.dirname, '../../packages');

type Exports = readonly (readonly [name: string, value: unknown])[];

/** All exports of all packages, by `package: name`. The command line is a program: importing it runs it. */
async function exportsOfPackages(): Promise<Exports> {
  const found: [string, unknown][] = [];
  for (const folder of readdirSync(packages).filter((name) => name !== 'cli')) {
    const module = (await import(join(packages, folder, 'src/index.ts'))) as Record<string, unknown>;
    found.push(...Object.entries(module).map(([name, value]): [string, unknown] => [`${folder}: ${name}`, value]));
  }
  return found;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isDefinition = (value: unknown): boolean =>
  isObject(value) && ['kind', 'name', 'config', 'create'].every((key) => key in value);
const isPlugin = (value: unknown): boolean => isObject(value) && Array.isArray(value['components']);

const namesOf = (all: Exports, isOne: (value: unknown) => boolean, isKnown: (value: never) => boolean): string[] =>
  all.filter(([, value]) => isOne(value) && !isKnown(value as never)).map(([name]) => name);

it('every part and plugin that a package exports is built in, so that the contracts try it', async () => {
  const all = await exportsOfPackages();
  const registry = new Registry(builtIns);
  const isRegistered = ({ kind, name }: AnyDefinition): boolean => registry.find(kind, name) !== undefined;
  const isBuiltIn = (plugin: Plugin): boolean => builtIns.some((one: Plugin) => one === plugin);
  expect(namesOf(all, isPlugin, isBuiltIn)).toEqual([]);
  expect(namesOf(all, isDefinition, isRegistered)).toEqual([]);
  expect(all.filter(([, value]) => isPlugin(value))).toHaveLength(builtIns.length);
  expect(all.filter(([, value]) => isDefinition(value)).length).toBeGreaterThan(10);
});
