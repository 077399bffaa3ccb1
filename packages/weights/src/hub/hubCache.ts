// The cache of Python's huggingface_hub, shared with it: below `models--owner--name`, `blobs/<etag>` holds the bytes,
// `snapshots/<commit>/<file>` links to them, and `refs/<revision>` says which commit a branch or tag was at.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { CheckpointError } from '@tessera/core';

/** One repository in the cache. */
export class HubCache {
  constructor(readonly folder: string) {}

  /** The commit that a branch or tag was at when the hub was last asked. */
  commitOf(revision: string): string | undefined {
    const file = this.inside('refs', revision);
    return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
  }

  /** Notes where a branch or tag is. */
  noteCommit(revision: string, commit: string): void {
    if (revision === commit) return;
    const file = this.inside('refs', revision);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, commit);
  }

  /** Names of a commit's files that are here. */
  files(commit: string): string[] {
    const folder = this.inside('snapshots', commit);
    if (!existsSync(folder)) return [];
    return readdirSync(folder, { recursive: true })
      .map((name) => String(name).split(sep).join('/'))
      .filter((name) => existsSync(join(folder, name)));
  }

  /** Where a commit's file is, or undefined when it is not here. */
  find(commit: string, file: string): string | undefined {
    const path = this.inside('snapshots', commit, file);
    return existsSync(path) ? path : undefined;
  }

  /** Where the bytes with an entity tag belong. */
  blob(etag: string): string {
    mkdirSync(join(this.folder, 'blobs'), { recursive: true });
    return this.inside('blobs', etag);
  }

  /** Whether those bytes are here. */
  hasBlob(etag: string): boolean {
    return existsSync(this.inside('blobs', etag));
  }

  /** Gives the bytes with an entity tag their name in a commit; a copy where the system has no symbolic links. */
  link(commit: string, file: string, etag: string): string {
    const path = this.inside('snapshots', commit, file);
    if (existsSync(path)) return path;
    const blob = this.blob(etag);
    mkdirSync(dirname(path), { recursive: true });
    try {
      symlinkSync(relative(dirname(path), blob), path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return path; // another process was first
      if (code !== 'EPERM') throw error;
      copyFileSync(blob, path);
    }
    return path;
  }

  /** A path below the folder. Names come from the hub, and none may lead out. */
  private inside(...names: string[]): string {
    const path = join(this.folder, ...names);
    const [kind = ''] = names;
    const below = relative(join(this.folder, kind), path);
    if (below === '' || below.startsWith('..') || isAbsolute(below)) {
      throw new CheckpointError(
        `${this.folder}: a name from the hub must stay in the cache, got "${names.slice(1).join('/')}".`,
      );
    }
    return path;
  }
}
