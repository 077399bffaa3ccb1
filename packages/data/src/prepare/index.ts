// Downloaded datasets → JSON Lines with splits, hashes and a report of dropped rows.
export { prepareDataset, type PreparedDataset, type PrepareOptions } from './prepareDataset.js';
export { dropReasons, type DropCounts, type DroppedRow, type DropReason } from './droppedRows.js';
export { type InputSummary } from './inputFiles.js';
export { type PreparedManifest } from './preparedManifest.js';
export { sourceNames, type PrepareStage, type SourceName, type SourceOptions } from './preparedSource.js';
export { type SharedRows } from './findShared.js';
export { type PicturePlacement } from './writePrepared.js';
