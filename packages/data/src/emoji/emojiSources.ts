// Finds and reads the npm packages that the dataset is made of. They are not dependencies: whoever builds the dataset
// installs them, and nothing of them is redistributed.
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { DataError } from '@tessera/core';
import type { EmojiVendor } from './emojiOptions.js';

const packageNames = ['emojibase-data', 'emoji-datasource-google', 'emoji-datasource-twitter'] as const;

type PackageName = (typeof packageNames)[number];

/** An npm package a dataset was made of, to be credited wherever the dataset is used. */
export interface EmojiSource {
  /** Name on npm. */
  readonly package: string;
  /** Version that was installed. */
  readonly version: string;
  /** SPDX names, by part where the parts differ. */
  readonly licence: string;
  /** Whom to name. */
  readonly credit: string;
}

/** One emoji as `emojibase-data` describes it in some language; only the fields the dataset reads. */
export interface EmojibaseEntry {
  readonly hexcode: string;
  readonly label: string;
  readonly tags?: readonly string[];
  readonly group?: number;
  readonly subgroup?: number;
  readonly gender?: number;
}

/** Names of the Unicode groups and subgroups by their numbers. */
export interface EmojibaseGroups {
  readonly groups: Readonly<Record<string, string>>;
  readonly subgroups: Readonly<Record<string, string>>;
}

/** One emoji as `emoji-datasource-*` describes it; only the fields the dataset reads. */
export interface DatasourceEntry {
  readonly unified: string;
  readonly image: string;
  readonly has_img_google?: boolean;
  readonly has_img_twitter?: boolean;
}

/** Where the installed packages lie. */
export interface EmojiSources {
  readonly folders: Readonly<Record<PackageName, string>>;
  readonly credits: readonly EmojiSource[];
}

const licences: Record<PackageName, Pick<EmojiSource, 'licence' | 'credit'>> = {
  'emojibase-data': {
    licence: 'MIT',
    credit: 'Emojibase by Miles Johnson; names and keywords follow Unicode CLDR',
  },
  'emoji-datasource-google': {
    licence: 'MIT (data), Apache-2.0 (pictures)',
    credit: 'Noto Emoji by Google; emoji-data by Cal Henderson',
  },
  'emoji-datasource-twitter': {
    licence: 'MIT (data), CC-BY-4.0 (pictures)',
    credit: 'Twemoji by Twitter, Inc. and other contributors; emoji-data by Cal Henderson',
  },
};

/**
 * Finds the three packages by Node's own lookup, starting from each folder in turn.
 * Throws `DataError` with the command that installs what is missing.
 */
export async function findEmojiSources(startFolders: readonly string[]): Promise<EmojiSources> {
  const found = new Map(packageNames.map((name) => [name, findPackage(name, startFolders)]));
  const missing = packageNames.filter((name) => found.get(name) === undefined);
  if (missing.length > 0) {
    throw new DataError(
      `emoji dataset: npm packages must be installed, got missing=${missing.join(', ')} ` +
        `(looked from ${startFolders.map((folder) => resolve(folder)).join(', ')}). ` +
        `Run: npm install ${missing.join(' ')}, or name a folder that has them (--from).`,
    );
  }
  const folders = Object.fromEntries(found) as Record<PackageName, string>;
  const credits = await Promise.all(
    packageNames.map(async (name) => {
      const { version } = await readJson<{ version: string }>(join(folders[name], 'package.json'));
      return { package: name, version, ...licences[name] };
    }),
  );
  return { folders, credits };
}

/** Languages for which the installed `emojibase-data` has keywords, sorted. */
export async function emojiLanguages(sources: EmojiSources): Promise<string[]> {
  const entries = await readdir(sources.folders['emojibase-data'], { withFileTypes: true });
  // Its two other folders hold lookup tables that belong to no language.
  return entries
    .filter((entry) => entry.isDirectory() && !['meta', 'versions', 'node_modules'].includes(entry.name))
    .map((entry) => entry.name)
    .sort();
}

/** All emoji with their names and keywords in one language. */
export function readEmojibase(sources: EmojiSources, language: string): Promise<EmojibaseEntry[]> {
  return readJson(join(sources.folders['emojibase-data'], language, 'data.json'));
}

/** The names of the Unicode groups and subgroups. */
export function readEmojibaseGroups(sources: EmojiSources): Promise<EmojibaseGroups> {
  return readJson(join(sources.folders['emojibase-data'], 'meta', 'groups.json'));
}

/** All emoji a vendor may have a picture of. */
export function readDatasource(sources: EmojiSources, vendor: EmojiVendor): Promise<DatasourceEntry[]> {
  return readJson(join(sources.folders[`emoji-datasource-${vendor}`], 'emoji.json'));
}

/** Path of a vendor's 64×64 picture. */
export function datasourcePicture(sources: EmojiSources, vendor: EmojiVendor, image: string): string {
  return join(sources.folders[`emoji-datasource-${vendor}`], 'img', vendor, '64', image);
}

function findPackage(name: PackageName, startFolders: readonly string[]): string | undefined {
  for (const folder of startFolders) {
    try {
      // createRequire takes a file; that it does not exist is no matter.
      return dirname(createRequire(resolve(folder, 'lookup.js')).resolve(`${name}/package.json`));
    } catch {
      continue;
    }
  }
  return undefined;
}

async function readJson<T>(file: string): Promise<T> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch (cause) {
    throw new DataError(
      `emoji dataset: an npm package's file must be readable JSON, got file=${file}. Install the package again.`,
      { cause },
    );
  }
}
