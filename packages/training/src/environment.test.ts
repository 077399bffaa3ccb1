import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { environment, tesseraVersion } from './environment.js';

it('has the version of the package', () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(tesseraVersion).toBe(version);
  expect(environment()).toMatchObject({ tessera: version, node: process.version });
});
