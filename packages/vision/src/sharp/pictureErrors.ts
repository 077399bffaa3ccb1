import { DataError } from '@tessera/core';
import type { Metadata } from 'sharp';

const formats = 'PNG, JPEG, WebP, GIF, SVG, TIFF or AVIF';

/** The error for bytes that no decoder recognises; says what they look like. */
export function unrecognised(name: string, bytes: Uint8Array, cause: unknown): DataError {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 24));
  const readable = /^[\x09\x0a\x0d\x20-\x7e]+$/.test(start);
  const page = /^\s*<(!doctype html|html|head|body)/i.test(start);
  const begins = readable ? JSON.stringify(start) : Array.from(bytes.subarray(0, 8), hexadecimal).join(' ');
  const advice = page
    ? 'That is a web page, often what a failed download leaves behind: download it again.'
    : 'Convert it to one of these, or check that the path is the right one.';
  return new DataError(`Picture: must be ${formats}, got ${name}, which begins with ${begins}. ${advice}`, { cause });
}

const hexadecimal = (byte: number): string => byte.toString(16).padStart(2, '0');

/** The error for a picture whose header is fine but whose pixels cannot be decoded. */
export function damaged(name: string, { format, width, height }: Metadata, cause: unknown): DataError {
  const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
  return new DataError(
    `Picture: must be complete and undamaged, got ${name} (${format}, ${width}×${height}), which ends early or is damaged: ` +
      `${reason}. Save or download it again.`,
    { cause },
  );
}

/** Fails when a picture has more pixels than are allowed, before any of them is decoded. */
export function requireSize(name: string, width: number, height: number, maxPixels: number): void {
  if (width * height <= maxPixels) return;
  const side = Math.floor(Math.sqrt(maxPixels));
  throw new DataError(
    `Picture: must have at most ${megapixels(maxPixels)} megapixels, got ${name} of ${width}×${height} = ` +
      `${megapixels(width * height)} megapixels. Make it smaller, say ${side}×${side}, or give sharpDecoder a larger maxPixels.`,
  );
}

const megapixels = (pixels: number): string => String(Number((pixels / 1e6).toPrecision(3)));
