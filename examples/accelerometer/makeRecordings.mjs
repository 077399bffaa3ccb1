// node makeRecordings.mjs [folder]: recordings of x, y and z with a note of the place, and what was done, in the folder
// `data` beside this file (or the one named). Half of the recordings are CSV files, the others stand in the rows.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const data = resolve(process.argv[2] ?? join(import.meta.dirname, 'data'));
const splits = { train: 64, dev: 32, test: 32 };
const activities = {
  still: { indoors: 'reading', outdoors: 'picnic' },
  fast: { indoors: 'treadmill', outdoors: 'jogging' },
};
const notes = {
  indoors: ['in my room', 'at the gym', 'in the hall'],
  outdoors: ['in the park', 'by the lake', 'on the lawn'],
};
const swing = { still: { size: 0.1, speed: 0.2 }, fast: { size: 1.5, speed: 1.9 } };

let state = 1;
/** The next of a fixed series of numbers from 0 to 1 (Park and Miller). */
const chance = () => (state = (state * 16807) % 2147483647) / 2147483647;
const oneOf = (list) => list[Math.floor(chance() * list.length)];

/** Readings whose x and y swing around each other, with gravity on z and noise. */
function recording({ size, speed }) {
  const [start, length] = [chance() * 6, 24 + Math.floor(chance() * 32)];
  const noisy = (value) => Number((value + 0.2 * (chance() - 0.5)).toFixed(3));
  return Array.from({ length }, (_, t) =>
    [Math.sin(start + t * speed), Math.cos(start + t * speed), 1].map((value, axis) =>
      noisy(axis < 2 ? size * value : value),
    ),
  );
}

mkdirSync(join(data, 'recordings'), { recursive: true });
for (const [split, count] of Object.entries(splits)) {
  const rows = Array.from({ length: count }, (_, i) => {
    const [motion, place] = [['still', 'fast'][i % 2], ['indoors', 'outdoors'][Math.floor(i / 2) % 2]];
    const readings = recording(swing[motion]);
    const file = `recordings/${split}-${i}.csv`;
    if (i % 8 < 4) writeFileSync(join(data, file), readings.map((reading) => `${reading.join(',')}\n`).join(''));
    return {
      id: `${split}-${i}`,
      motion: i % 8 < 4 ? file : readings,
      note: oneOf(notes[place]),
      activity: activities[motion][place],
    };
  });
  writeFileSync(join(data, `${split}.jsonl`), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}
console.log(
  `${data}: ${Object.entries(splits)
    .map(([split, count]) => `${count} recordings ${split}`)
    .join(', ')}.`,
);
