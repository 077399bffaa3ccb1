// node makeClips.mjs [folder]: 52 animated GIFs in the folder `data` beside this file (or the one named), and the rows that
// say which way the square goes. Clips come in pairs that have the same frames in opposite order.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';

const data = resolve(process.argv[2] ?? join(import.meta.dirname, 'data'));
const [size, square, step, numFrames] = [24, 6, 5, 4];
const splits = { train: 28, dev: 12, test: 12 };

mkdirSync(join(data, 'clips'), { recursive: true });
const rows = [];
for (let pair = 0; pair < 26; pair++) {
  const place = { left: pair % 4, top: (pair * 11) % (size - square) };
  const frames = Array.from({ length: numFrames }, (_, i) => picture({ ...place, left: place.left + i * step }));
  await write(`${pair}-left`, frames.toReversed(), 'left');
  await write(`${pair}-right`, frames, 'right');
}
for (const [split, count] of Object.entries(splits)) writeRows(split, rows.splice(0, count));
console.log(
  `${data}: ${Object.entries(splits)
    .map(([split, count]) => `${count} clips ${split}`)
    .join(', ')}.`,
);

/** RGB of a frame with the square at a place. */
function picture({ left, top }) {
  return Buffer.from(
    Array.from({ length: size * size }, (_, at) => {
      const [x, y] = [at % size, Math.floor(at / size)];
      return x >= left && x < left + square && y >= top && y < top + square ? [230, 200, 90] : [30, 40, 60];
    }).flat(),
  );
}

async function write(id, frames, direction) {
  const raw = { width: size, height: size * frames.length, channels: 3, pageHeight: size };
  const delay = frames.map(() => 100);
  await sharp(Buffer.concat(frames), { raw })
    .gif({ delay, loop: 0 })
    .toFile(join(data, 'clips', `${id}.gif`));
  rows.push({ id, clip: `clips/${id}.gif`, label: direction });
}

function writeRows(split, given) {
  writeFileSync(join(data, `${split}.jsonl`), given.map((row) => `${JSON.stringify(row)}\n`).join(''));
}
