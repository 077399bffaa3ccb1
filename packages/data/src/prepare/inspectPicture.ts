import { readFile } from 'node:fs/promises';
import { sha256 } from '../sha256.js';
import type { DropReason } from './droppedRows.js';

/** What is known of a picture file: its hash, and what is wrong with it if anything is. */
export interface PictureFinding {
  /** SHA-256 of the bytes; undefined where there is no file. */
  readonly sha256?: string;
  readonly fault?: { readonly reason: DropReason; readonly detail: string };
}

/**
 * Reads a file that should be a picture, looks at its header and, if asked to, decodes it in full.
 * A file that is no picture is a finding, not an error.
 */
export async function inspectPicture(path: string, { decode }: { readonly decode: boolean }): Promise<PictureFinding> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    return { fault: { reason: 'missing picture', detail: reasonOf(error) } };
  }
  const { default: sharp } = await import('sharp');
  const hash = { sha256: sha256(bytes) };
  try {
    await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch {
    return { ...hash, fault: { reason: 'not a picture', detail: describe(bytes) } };
  }
  if (!decode) return hash;
  try {
    await sharp(bytes, { failOn: 'error' }).raw().toBuffer();
    return hash;
  } catch (error) {
    const [detail = ''] = (error as Error).message.split('\n');
    return { ...hash, fault: { reason: 'damaged picture', detail } };
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR' ? 'there is no such file' : message;
}

/** What a file is that is no picture. */
function describe(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'the file is empty';
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 64)).trimStart();
  if (/^<(!doctype html|html|head|body)/i.test(start)) return 'the file is a web page (HTML)';
  const readable = /^[\x09\x0a\x0d\x20-\x7e]+$/.test(start);
  const begin = readable ? JSON.stringify(start.slice(0, 24)) : Buffer.from(bytes.subarray(0, 8)).toString('hex');
  return `the file begins with ${begin}`;
}
