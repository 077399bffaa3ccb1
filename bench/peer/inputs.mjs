// The files that jobs name, written once for a run: a vocabulary of BERT's size, JPEG pictures, saved models.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { wordOf } from './tessera/models.mjs';

/** Different pictures; further files are copies of them, which no cache on either side knows to be the same. */
const numOriginals = 50;
const [width, height] = [500, 400];

/** Writes a vocabulary of one word a line and returns its path. */
export function writeVocabulary(folder, size) {
  const path = join(folder, 'vocab.txt');
  const specials = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
  const words = Array.from({ length: size - specials.length }, (_, i) => wordOf(i));
  writeFileSync(path, [...specials, ...words, ''].join('\n'));
  return path;
}

/** A text of this many words of that vocabulary. */
export const textOf = (numWords) => Array.from({ length: numWords }, (_, i) => wordOf(37 * i)).join(' ');

/** Writes JPEGs of 500×400 with the look of photographs (about 60 kB each) and returns their paths. */
export async function writePictures(folder, count) {
  mkdirSync(folder);
  const paths = Array.from({ length: count }, (_, i) => join(folder, `${i}.jpg`));
  for (let i = 0; i < Math.min(count, numOriginals); i++) await writePicture(paths[i]);
  for (let i = numOriginals; i < count; i++) copyFileSync(paths[i % numOriginals], paths[i]);
  return paths;
}

/** Noise at several scales, the coarse strong and the fine weak, as in natural pictures. */
async function writePicture(path) {
  const sum = new Float32Array(width * height * 3).fill(128);
  for (const [scale, strength] of [
    [100, 60],
    [25, 40],
    [6, 25],
    [1, 10],
  ]) {
    const size = { width: Math.ceil(width / scale), height: Math.ceil(height / scale), channels: 3 };
    const noise = Uint8Array.from({ length: size.width * size.height * 3 }, () => 256 * Math.random());
    const grown = await sharp(noise, { raw: size }).resize(width, height, { fit: 'fill' }).raw().toBuffer();
    for (let i = 0; i < sum.length; i++) sum[i] += ((grown[i] - 128) * strength) / 64;
  }
  const pixels = Uint8ClampedArray.from(sum);
  await sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90 })
    .toFile(path);
}
