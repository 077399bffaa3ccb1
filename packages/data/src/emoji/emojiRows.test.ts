import { beforeAll, describe, expect, test } from 'vitest';
import { resolveEmojiRule, type EmojiRule } from './emojiOptions.js';
import { planEmojiDataset, textFilesOf } from './emojiPlan.js';
import { splitOf, wordsOf } from './emojiRows.js';
import { findEmojiSources, type EmojiSources } from './emojiSources.js';
import { sha256 } from '../sha256.js';

let sources: EmojiSources;

beforeAll(async () => {
  sources = await findEmojiSources([process.cwd()]);
});

const plan = (rule: Partial<EmojiRule>) => planEmojiDataset(sources, resolveEmojiRule(rule));

const hashesOf = async (rule: Partial<EmojiRule>) => {
  const texts = textFilesOf(await plan(rule));
  return ['train', 'dev', 'test'].map((split) => sha256(texts[`${split}.jsonl`] ?? ''));
};

describe('rows equal the Python reference byte by byte', () => {
  // SHA-256 of train.jsonl, dev.jsonl and test.jsonl as dataset.py writes them (emojibase-data 17, emoji-datasource 16).
  const references: [string, Partial<EmojiRule>, string[]][] = [
    [
      'the other vendor',
      { pictures: 'twitter' },
      [
        '71f942b478d98a576ea1b44661e38f169a26f259de496a9b54f22d7d3dd9fdda',
        'e93dab0424e950e8a2e1a208c57963a29588ae74fe7f3dde5e2cf1900fd7990d',
        '09804ba1f1822a670f2ccd2abf54def4a0be6643edf27e7606ef7267791e4d9c',
      ],
    ],
    [
      'subgroups and two keywords',
      { label: 'subgroup', keywords: 2 },
      [
        '67e678b9c218ec5cd4d5d970c728b58d808b760e59da8f797fb8f36171b011c2',
        '871dd6a0b88d245c66a529640f810e2f44a49d9051e3e3a2baf04a61f17bbd18',
        '05ba712130445c4f0d5b4d2c165c653ebdeec30fd024a6b35d1c09520f3bae8e',
      ],
    ],
    [
      'two draws and large classes',
      { draws: 2, minimumCount: 130 },
      [
        'fe632dd91a9b00416b407e9cb17f1aa2979a065d39cd83efc69668361d706805',
        '1609abbbf18a67576fac5fe755fe61ad7d5d1640e9301dad67845e26c0361ce2',
        '845050f1b5b6fa641d4581f57787ac626e130fdca74f8b907cf928db62a133d9',
      ],
    ],
    [
      'German',
      { language: 'de' },
      [
        'b1d157a011cd3651de9f30c19c5685d0a7b3519c7632b0530a3ae878fa5e273a',
        '23fb566d3f3731d7714786cf47116bcc18c8712f7239cdcb407aee4013dbbb9b',
        '0c75cc525aacd5bea4f4c593e8a65bdc91da368ee0846d9bc0e8741d5a9e8478',
      ],
    ],
    [
      'Hindi, whose vowel signs are marks',
      { language: 'hi' },
      [
        '8fce2b1de4c78b5efca51be9b2be82d52132be4a76b8fe533f556a0c57c4373d',
        'f3dcf73cf05132ba5bf069fcf39a1803385557df30a10067afbc5ad765ed76e3',
        'abb6422fc842af1ca7f0d022d4e45267ff85291a7897007c4ffe930a9472a64b',
      ],
    ],
    [
      'Chinese',
      { language: 'zh' },
      [
        'a3913c3a5ca0648e44df6380fed04b224179949182835529f2c835183b9c0916',
        'c2e1e463bb3517ea0d5de755e16e061b510f234b2912577a04f6b0941b34a667',
        '89d1d558e675d0e14cd9381680eb579e4139e52542248fc5d5b4ef527fde2668',
      ],
    ],
  ];
  test.each(references)('%s', async (_name, rule, expected) => {
    expect(await hashesOf(rule)).toEqual(expected);
  });
});

test('draws the same splits whatever the options', async () => {
  const [english, german] = await Promise.all([plan({}), plan({ language: 'de', label: 'subgroup' })]);
  const splits = new Map(english.rows.test.map((row) => [row.name, 'test']));
  expect(german.rows.train.some((row) => splits.has(row.name))).toBe(false);
});

test('puts the keywords of a row together and no pair twice for an emoji', async () => {
  const { rows } = await plan({ keywords: 2 });
  const pairs = rows.train.filter((row) => row.id.startsWith('1F600#')).map((row) => row.text.split(' ').sort().join());
  expect(pairs.length).toBeGreaterThan(1);
  expect(new Set(pairs).size).toBe(pairs.length);
});

test('names the other picture in training rows only', async () => {
  const { rows } = await plan({ pictures: 'twitter' });
  expect(rows.train[0]).toMatchObject({ image: 'images/twitter/1F600.png', image_alt: 'images/google/1F600.png' });
  expect([...rows.dev, ...rows.test].some((row) => 'image_alt' in row)).toBe(false);
});

test('says how many emoji the largest class has when none is large enough', async () => {
  await expect(plan({ minimumCount: 1000 })).rejects.toThrow(
    'got minimumCount=1000 and 250 emoji in the largest class. Use 250 or less.',
  );
});

test('separates words at combining marks as Python does', () => {
  expect([...wordsOf('Face_1 grüßt: हिन्दी')]).toEqual(['face_1', 'grüßt', 'ह', 'न', 'द']);
});

test('keeps man, woman and person of one emoji in one split', () => {
  expect(splitOf('1F469-200D-1F4BB')).toBe(splitOf('1F4BB'));
  expect(splitOf('1F9D1-200D-1F4BB')).toBe(splitOf('1F468-200D-1F4BB'));
});
