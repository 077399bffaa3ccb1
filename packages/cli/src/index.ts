/**
 * The tessera command.
 *
 * @module @tessera/cli
 */
export { main, type MainOptions } from './main.js';
export { loadSpecFile, type SpecFile } from './spec/specFile.js';
export type { OutputStream, ProcessSignals, Streams } from './terminal/terminal.js';
export { version } from './version.js';
