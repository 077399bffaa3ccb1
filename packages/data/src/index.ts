/**
 * Datasets, splits, batching, prefetch.
 *
 * @module @tessera/data
 */
export {
  buildEmojiDataset,
  type EmojiDataset,
  type EmojiCounts,
  type EmojiManifest,
  emojiLabels,
  emojiVendors,
  type EmojiLabel,
  type EmojiOptions,
  type EmojiRule,
  type EmojiStage,
  type EmojiVendor,
  emojiSplits,
  type EmojiRow,
  type EmojiSplit,
  type DroppedCounts,
  type EmojiSource,
} from './emoji/index.js';
export {
  dropReasons,
  prepareDataset,
  sourceNames,
  type DropCounts,
  type DropReason,
  type DroppedRow,
  type InputSummary,
  type PicturePlacement,
  type PreparedDataset,
  type PreparedManifest,
  type PrepareOptions,
  type PrepareStage,
  type SharedRows,
  type SourceName,
  type SourceOptions,
} from './prepare/index.js';
export { sha256 } from './sha256.js';
export { createFolder } from './createFolder.js';
export { placeFolder, type PlaceFolderOptions } from './placeFolder.js';
export { type DatasetManifest, type FileHashes } from './datasetManifest.js';
export { verifyDataset, type DatasetVerification } from './verifyDataset.js';
export { dataPlugin } from './dataPlugin.js';
export { csv, csvConfig, type CsvConfig } from './csv/csvDataset.js';
export { jsonl, jsonlConfig } from './jsonl/jsonlDataset.js';
export { inline, inlineConfig } from './memory/inlineDataset.js';
export { memoryDataset, type MemorySample } from './memory/memoryDataset.js';
export { checkData, type CheckedModel, type CheckOptions } from './check/checkData.js';
export {
  compareListings,
  listDataFiles,
  parseListing,
  renderListing,
  type DataListing,
  type ListedFile,
  type ListingDifference,
} from './dataListing.js';
export { describeData, type DataDescription } from './describeData.js';
export { epochOrder, type EpochOptions } from './batching/epochOrder.js';
export { prefetch, type IndexedSource, type Prefetch, type PrefetchOptions } from './batching/prefetch.js';
export { prepareBatches, type BatchOptions, type SamplePreparer } from './batching/prepareBatches.js';
