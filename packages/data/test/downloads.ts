// Small folders in the layouts of the real downloads.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

/** A folder for one test's files. */
export class Downloads {
  private constructor(readonly folder: string) {}

  static async open(): Promise<Downloads> {
    return new Downloads(await mkdtemp(join(tmpdir(), 'tessera-downloads-')));
  }

  at(...names: string[]): string {
    return join(this.folder, ...names);
  }

  async write(path: string, content: string | Uint8Array): Promise<void> {
    await mkdir(dirname(this.at(path)), { recursive: true });
    await writeFile(this.at(path), content);
  }

  json(path: string, value: unknown): Promise<void> {
    return this.write(path, JSON.stringify(value));
  }

  lines(path: string, rows: readonly unknown[]): Promise<void> {
    return this.write(path, rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n') + '\n');
  }

  /** A picture whose colour depends on its path, so that no two are equal. */
  async picture(path: string): Promise<void> {
    await this.write(path, await pictureBytes(path, path.endsWith('.png') ? 'png' : 'jpeg'));
  }

  /** What a failed download leaves. */
  webPage(path: string): Promise<void> {
    return this.write(path, '<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head></html>\n');
  }

  /** The rows of a JSON Lines file in a prepared folder. */
  async rows(split: string, folder = 'out'): Promise<Record<string, unknown>[]> {
    const lines = (await readFile(this.at(folder, `${split}.jsonl`), 'utf8')).split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

/** A picture of 24×16 pixels in a colour made of the seed. */
export function pictureBytes(seed: string, format: 'png' | 'jpeg'): Promise<Buffer> {
  const hash = Array.from(seed).reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0, 7);
  const background = { r: hash & 255, g: (hash >> 8) & 255, b: (hash >> 16) & 255 };
  return sharp({ create: { width: 24, height: 16, channels: 3, background } })
    .toFormat(format)
    .toBuffer();
}
