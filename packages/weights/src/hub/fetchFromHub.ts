// Weights from the Hugging Face hub, by way of the cache that Python's programs use too.
import { join } from 'node:path';
import type * as hubModule from '@huggingface/hub';
import { CheckpointError } from '@tessera/core';
import { isCommit, pinnedLocation, type HubLocation } from '../hubLocation.js';
import { chooseWeightFile, isWeightFile } from '../openTensors.js';
import { readWeightMap } from '../shardedFile.js';
import { download } from './download.js';
import { withFileLock } from './fileLock.js';
import { HubCache } from './hubCache.js';
import { hubFailure } from './hubFailure.js';
import { hubSettings, type HubSettings } from './hubSettings.js';

/** What is told while weights come. */
export interface HubOptions {
  /** How many bytes of a file are there. */
  readonly onProgress?: (file: string, done: number, total: number) => void;
  /** Milliseconds before a broken download goes on, 500 if left out; longer after each further break. */
  readonly retryDelay?: number;
  /** What the user should know, such as that the hub could not be asked. */
  readonly warn?: (message: string) => void;
}

/** Weights that are on this machine now. */
export interface HubFile {
  /** The file, or the index of several. */
  readonly path: string;
  /** The place with the commit as its revision: what a spec is to name so that it means the same tomorrow. */
  readonly location: string;
}

type Hub = typeof hubModule;

/** A commit and the names of its files. */
interface Commit {
  readonly id: string;
  readonly files: readonly string[];
}

/**
 * Brings weights from the hub into the cache, or finds them there.
 * @throws CheckpointError when the hub has no such thing, wants a token or cannot be reached, or sends damaged bytes
 */
export async function fetchFromHub(location: HubLocation, options: HubOptions = {}): Promise<HubFile> {
  const hub = await import('@huggingface/hub');
  const folder = hub.getRepoFolderName({ type: 'model', name: location.repository });
  const cache = new HubCache(join(hub.getHFHubCachePath(), folder));
  const fetcher = new Fetcher(hub, { location, cache, settings: hubSettings(), options });
  return fetcher.fetch();
}

class Fetcher {
  constructor(
    private readonly hub: Hub,
    private readonly given: {
      readonly location: HubLocation;
      readonly cache: HubCache;
      readonly settings: HubSettings;
      readonly options: HubOptions;
    },
  ) {}

  async fetch(): Promise<HubFile> {
    const { location, cache } = this.given;
    const commit = this.cachedPin() ?? (await this.findCommit());
    const name = location.file ?? chooseWeightFile(commit.files, this.name);
    const path = await this.bring(commit, name);
    if (name.endsWith('.index.json')) {
      const folder = name.slice(0, name.lastIndexOf('/') + 1);
      // Names that lead elsewhere are refused by the cache.
      const shards = new Set(Object.values(readWeightMap(path)).map(String));
      for (const shard of shards) await this.bring(commit, `${folder}${shard}`);
    }
    cache.noteCommit(location.revision, commit.id);
    return { path, location: pinnedLocation(location, commit.id) };
  }

  private get name(): string {
    const { repository, revision } = this.given.location;
    return `hf:${repository}@${revision}`;
  }

  private get access(): { accessToken?: string; hubUrl?: string } {
    const { token, endpoint } = this.given.settings;
    return { ...(token !== undefined && { accessToken: token }), ...(endpoint !== undefined && { hubUrl: endpoint }) };
  }

  /** A commit by its id needs no question to the hub when its files are here. */
  private cachedPin(): Commit | undefined {
    const { location, cache } = this.given;
    if (!isCommit(location.revision)) return undefined;
    const files = cache.files(location.revision);
    const isHere = files.some((file) => (location.file === undefined ? isWeightFile(file) : file === location.file));
    return isHere ? { id: location.revision, files } : undefined;
  }

  private async findCommit(): Promise<Commit> {
    const { location, settings, options } = this.given;
    if (settings.offline) return this.cachedCommit() ?? this.refuse('HF_HUB_OFFLINE forbids asking the hub');
    try {
      const info = await this.hub.modelInfo({
        name: location.repository,
        revision: location.revision,
        additionalFields: ['sha', 'filePaths'],
        ...this.access,
      });
      return { id: info.sha, files: info.filePaths };
    } catch (error) {
      if (error instanceof this.hub.HubApiError) throw hubFailure(this.name, error);
      const cached = this.cachedCommit();
      if (!cached) throw hubFailure(this.name, error);
      options.warn?.(`${this.name}: the hub cannot be reached; the cached commit ${cached.id} is taken.`);
      return cached;
    }
  }

  private cachedCommit(): Commit | undefined {
    const { location, cache } = this.given;
    const id = cache.commitOf(location.revision) ?? location.revision;
    const files = cache.files(id);
    return files.length > 0 ? { id, files } : undefined;
  }

  private refuse(why: string): never {
    throw new CheckpointError(
      `${this.name}: must be in the cache (${this.given.cache.folder}), since ${why}. Unset the variable once, or give a file.`,
    );
  }

  /** A commit's file: from the cache, or downloaded into it. */
  private async bring(commit: Commit, file: string): Promise<string> {
    const { location, cache, settings, options } = this.given;
    const found = cache.find(commit.id, file);
    if (found !== undefined) return found;
    if (settings.offline) return this.refuse(`HF_HUB_OFFLINE forbids downloading ${file}`);
    const { etag, url, size } = await this.describe(commit, file);
    const path = cache.blob(etag);
    await withFileLock(`${path}.lock`, async () => {
      if (cache.hasBlob(etag)) return;
      await download({
        url,
        size,
        etag,
        path,
        name: `hf:${location.repository}/${file}`,
        ...(settings.token !== undefined && { token: settings.token }),
        ...(options.retryDelay !== undefined && { retryDelay: options.retryDelay }),
        onProgress: (done, total) => options.onProgress?.(file, done, total),
      });
    });
    return cache.link(commit.id, file, etag);
  }

  private async describe(commit: Commit, file: string): Promise<{ etag: string; url: string; size: number }> {
    const { location } = this.given;
    const repo = { type: 'model' as const, name: location.repository };
    const name = `hf:${location.repository}/${file}@${commit.id}`;
    try {
      const info = await this.hub.fileDownloadInfo({ repo, path: file, revision: commit.id, ...this.access });
      if (info) return { ...info, etag: info.etag.replace(/^W\//, '').replaceAll('"', '') };
    } catch (error) {
      throw hubFailure(name, error);
    }
    throw new CheckpointError(`${name}: the repository has no such file. It has ${commit.files.join(', ')}.`);
  }
}
