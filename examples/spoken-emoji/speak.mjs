// node speak.mjs: builds the data of this example in the folder `data` beside this file. The emoji dataset of examples/emoji
// comes first, with its rows and splits; then espeak-ng speaks each emoji's name: once for validation and test, in two
// further voices for training. What is there is kept, so that a broken build goes on.
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const data = join(import.meta.dirname, 'data');
const espeak = process.env.ESPEAK ?? 'espeak-ng';
/** The voice that is heard in validation and test, and those that only training has. */
const [voice, ...trainingVoices] = ['en-us', 'en-gb+f3', 'en-gb-scotland+m3'];
const folderOf = (name) => name.replaceAll(/\W/g, '-');

requireEspeak();
const { buildEmojiDataset } = await import('tessera');
const { rows } = await buildEmojiDataset({ to: join(data, 'emoji') });
const spoken = new Map(); // sound file → what is said, in which voice
for (const split of Object.keys(rows)) writeRows(split);
await speakAll([...spoken].filter(([file]) => !existsSync(join(data, file))));
console.log(
  `${data}: ${Object.entries(rows)
    .map(([split, count]) => `${count} rows ${split}`)
    .join(', ')}; ${spoken.size} sounds.`,
);

function requireEspeak() {
  const { status, error } = spawnSync(espeak, ['--version'], { stdio: 'ignore' });
  if (status === 0) return;
  console.error(
    `speak: espeak-ng must be installed to speak the names, got ${espeak}: ${error?.code === 'ENOENT' ? 'no such program' : (error?.message ?? `exit code ${status}`)}. ` +
      'Install it (Debian, Ubuntu: apt install espeak-ng; macOS: brew install espeak-ng), or set ESPEAK to its path.',
  );
  process.exit(2);
}

/** Rows as the emoji dataset has them, with the sounds of the emoji. */
function writeRows(split) {
  const lines = readFileSync(join(data, 'emoji', `${split}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n');
  const out = lines.map((line) => {
    const row = JSON.parse(line);
    const [emoji] = row.id.split('#');
    const sound = (name) => {
      const file = `sounds/${folderOf(name)}/${emoji}.wav`;
      spoken.set(file, { words: row.name, name });
      return file;
    };
    for (const field of ['image', 'image_alt']) if (row[field]) row[field] = `emoji/${row[field]}`;
    row.speech = sound(voice);
    if (split === 'train') trainingVoices.forEach((name, i) => (row[`speech_alt${i + 1}`] = sound(name)));
    return JSON.stringify(row);
  });
  writeFileSync(join(data, `${split}.jsonl`), `${out.join('\n')}\n`);
}

/** Speaks what is missing, two at a time; a file gets its name when it is complete. */
async function speakAll(missing) {
  for (const name of [voice, ...trainingVoices]) mkdirSync(join(data, 'sounds', folderOf(name)), { recursive: true });
  const speak = promisify(execFile);
  const worker = async () => {
    for (let next = missing.shift(); next; next = missing.shift()) {
      const [file, { words, name }] = next;
      const part = join(data, `${file}.part`);
      await speak(espeak, ['-v', name, '-w', part, words]);
      renameSync(part, join(data, file));
      if (missing.length % 500 === 0) console.log(`${missing.length} sounds to go`);
    }
  };
  await Promise.all([worker(), worker()]);
}
