// The emoji dataset: made on the user's machine from npm packages, so no picture or text is redistributed.
export { buildEmojiDataset, type EmojiDataset } from './emojiDataset.js';
export { type EmojiCounts, type EmojiManifest } from './emojiManifest.js';
export {
  emojiLabels,
  emojiVendors,
  type EmojiLabel,
  type EmojiOptions,
  type EmojiRule,
  type EmojiStage,
  type EmojiVendor,
} from './emojiOptions.js';
export { emojiSplits, type EmojiRow, type EmojiSplit } from './emojiRows.js';
export { type DroppedCounts } from './emojiSelection.js';
export { type EmojiSource } from './emojiSources.js';
