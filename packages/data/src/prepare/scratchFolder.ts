import { mkdtemp, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createFolder } from '../createFolder.js';

/** A folder beside the target, so that its files can be linked into it; made when first asked for. */
export class ScratchFolder {
  private made: Promise<string> | undefined;

  constructor(private readonly target: string) {}

  path(): Promise<string> {
    this.made ??= this.make();
    return this.made;
  }

  /** Removes it with all that is in it. */
  async remove(): Promise<void> {
    if (this.made) await rm(await this.made, { recursive: true, force: true });
  }

  private async make(): Promise<string> {
    createFolder(dirname(this.target));
    return mkdtemp(join(dirname(this.target), `${basename(this.target)}.partial-`));
  }
}
