import { requireOneOf, type EmojiRule } from './emojiOptions.js';
import { emojiSplits, planEmojiRows, type EmojiPlan, type EmojiSplit } from './emojiRows.js';
import { selectEmoji } from './emojiSelection.js';
import { emojiLanguages, readEmojibase, type EmojiSources } from './emojiSources.js';
import { pythonJson } from './pythonJson.js';

/** Reads the sources and decides on every row, class and picture; writes nothing. */
export async function planEmojiDataset(sources: EmojiSources, rule: EmojiRule): Promise<EmojiPlan> {
  requireOneOf('language', rule.language, await emojiLanguages(sources));
  const [{ selected, dropped }, localized] = await Promise.all([
    selectEmoji(sources),
    readEmojibase(sources, rule.language),
  ]);
  const plan = planEmojiRows(selected, localized, rule);
  return { ...plan, dropped: { ...dropped, ...plan.dropped } };
}

/** The content of a dataset's text files by name. */
export function textFilesOf(plan: EmojiPlan): Record<string, string> {
  const lines = (split: EmojiSplit) => plan.rows[split].map((row) => `${pythonJson(row)}\n`).join('');
  return {
    ...Object.fromEntries(emojiSplits.map((split) => [`${split}.jsonl`, lines(split)])),
    'labels.json': pythonJson(plan.labels),
  };
}
