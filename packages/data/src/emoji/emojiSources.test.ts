import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from '@tessera/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resolveEmojiRule } from './emojiOptions.js';
import { planEmojiDataset } from './emojiPlan.js';
import { findEmojiSources, readEmojibase } from './emojiSources.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-emoji-sources-'));
  const installed = join(folder, 'node_modules', 'emojibase-data');
  await mkdir(join(installed, 'en'), { recursive: true });
  await writeFile(join(installed, 'package.json'), '{ "name": "emojibase-data", "version": "0.0.1" }');
  await writeFile(join(installed, 'en', 'data.json'), '[{');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test('says which packages are missing and how to install them', async () => {
  const finding = findEmojiSources([folder]);
  await expect(finding).rejects.toBeInstanceOf(DataError);
  await expect(finding).rejects.toThrow('Run: npm install emoji-datasource-google emoji-datasource-twitter');
});

test('looks from each folder in turn', async () => {
  const { folders, credits } = await findEmojiSources([join(folder, 'not', 'there'), process.cwd()]);
  expect(folders['emojibase-data'].startsWith(folder)).toBe(true);
  expect(credits.map((source) => source.package)).toEqual([
    'emojibase-data',
    'emoji-datasource-google',
    'emoji-datasource-twitter',
  ]);
  expect(credits[2]).toMatchObject({ licence: 'MIT (data), CC-BY-4.0 (pictures)' });
});

test('lists the languages there are when one is unknown', async () => {
  const sources = await findEmojiSources([process.cwd()]);
  await expect(planEmojiDataset(sources, resolveEmojiRule({ language: 'xx' }))).rejects.toThrow(
    /got language=xx\. Use one of bn, da, de, en, .*, zh, zh-hant\.$/,
  );
});

test('names a damaged file of a package', async () => {
  const sources = await findEmojiSources([folder, process.cwd()]);
  await expect(readEmojibase(sources, 'en')).rejects.toThrow(/data\.json\. Install the package again/);
});

test.each([
  [{ pictures: 'apple' as 'google' }, 'got pictures=apple. Use one of google, twitter.'],
  [{ label: 'kind' as 'group' }, 'got label=kind. Use one of group, subgroup.'],
  [{ keywords: 0 }, 'got keywords=0. Leave it out for 1.'],
  [{ draws: 1.5 }, 'got draws=1.5. Leave it out for 8.'],
])('refuses a wrong option: %o', (options, message) => {
  expect(() => resolveEmojiRule(options)).toThrow(message);
});
