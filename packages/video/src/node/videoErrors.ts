import { DataError } from '@tessera/core';

const readable = 'GIF, WebP, MP4, MOV, WebM, MKV, AVI, MPEG or another container that ffmpeg reads';

/** The error for a file that is no video; says what it looks like. */
export function notVideo(name: string, head: Uint8Array, reason: string, cause?: unknown): DataError {
  const start = new TextDecoder('latin1').decode(head.subarray(0, 24));
  const plain = /^[\x09\x0a\x0d\x20-\x7e]+$/.test(start);
  const hexadecimal = Array.from(head.subarray(0, 12), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const advice = /^\s*<(!doctype html|html|head|body)/i.test(start)
    ? 'That is a web page, often what a failed download leaves behind: download it again.'
    : 'Convert it, or check that the path is the right one and the file is whole.';
  return new DataError(
    `Video: must be ${readable}, got ${name}, which begins with ${plain ? JSON.stringify(start) : hexadecimal}${reason && ` (${reason})`}. ${advice}`,
    { cause },
  );
}

/** The error for a still picture. */
export const stillPicture = (name: string): DataError =>
  new DataError(
    `Video: must be ${readable}, got ${name}, which is a still picture. Give it to an encoder of images, such as resnet18.`,
  );

/** The error for a video that begins well and then cannot be decoded. */
export const damagedVideo = (name: string, reason: string, cause?: unknown): DataError =>
  new DataError(
    `Video: must be complete and undamaged, got ${name}, which ends early or is damaged: ${reason}. Save or download it again.`,
    { cause },
  );

/** Fails when a frame has more pixels than are allowed, before any is decoded. */
export function requireFrameSize(name: string, width: number, height: number, maxPixels: number): void {
  if (width * height <= maxPixels) return;
  const megapixels = (pixels: number): string => String(Number((pixels / 1e6).toPrecision(3)));
  throw new DataError(
    `Video: a frame must have at most ${megapixels(maxPixels)} megapixels, got ${name} of ${width}×${height} = ` +
      `${megapixels(width * height)} megapixels. Make it smaller, or give nodeVideoDecoder a larger maxPixels.`,
  );
}

/** The error where ffmpeg is needed, and is absent or may not be run. */
export const withoutFfmpeg = (name: string, program: string, cause?: unknown): DataError =>
  new DataError(
    `Video: only GIF, animated WebP and decoded frames can be read without ffmpeg, got ${name}, and ${lackOf(program, cause)}. ` +
      'Install ffmpeg (Debian, Ubuntu: apt install ffmpeg; Fedora: dnf install ffmpeg-free; macOS: brew install ffmpeg; ' +
      'Windows: winget install ffmpeg), name it by TESSERA_FFMPEG=/path/to/ffmpeg, or convert the file to GIF or WebP.',
    { cause },
  );

const lackOf = (program: string, cause: unknown): string =>
  (cause as NodeJS.ErrnoException | undefined)?.code === 'EACCES'
    ? `"${program}" is no program that may be run`
    : `no program "${program}" is here`;
