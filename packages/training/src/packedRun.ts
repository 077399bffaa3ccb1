// A run as one file, to be passed on: a zip file, its members stored as they are, with everything that predicting needs
// and nothing that runs. tessera.json (format version, record, where the data stood), spec.yaml without data,
// model.safetensors, assets/<part>/<file>.
import { existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CheckpointError, type AssetsByPath } from '@tessera/core';
import { ByteFile, SafetensorsFile, writeZip, ZipFile, type NewMember } from '@tessera/weights/node';
import { parse, stringify } from 'yaml';
import { completeParameters, writeFault, type OpenCheckpoint } from './checkpoint.js';
import { tesseraVersion } from './environment.js';
import type { RunFolder, RunRecord } from './runFolder.js';
import { recordFault } from './runRecordSchema.js';
import { withPluginsNamed } from './savedPlugins.js';
import type { SavedRun } from './savedRun.js';

/** What tessera.json holds. */
interface Manifest {
  /** Version of the form of the file; a reader refuses what is not its own. */
  readonly format: number;
  /** Version of Tessera that wrote it. */
  readonly tessera: string;
  readonly run: RunRecord;
  /** The spec's `data`, which predicting must not depend on: its rows and files stay where they are. */
  readonly data?: unknown;
}

/** The form that this version reads and writes. */
const packedFormat = 1;
/** Ending of packed runs. */
export const packedEnding = '.tessera';

const names = { manifest: 'tessera.json', spec: 'spec.yaml', model: 'model.safetensors', assets: 'assets/' } as const;
const kind = { name: 'a packed run', advice: 'Pack it with `tessera pack`, not with a packer.' };
/** Paths of parts that have assets. */
const partPath = /^(?:modalities|heads)(?:\.[A-Za-z][A-Za-z0-9_]*)+$/;

/** How a run is packed. */
export interface PackOptions {
  /** The checkpoint; the one that the run keeps if left out. */
  readonly checkpoint?: 'best' | 'last';
  readonly overwrite?: boolean;
  /** Bytes of weights written so far. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Packs a run into one file and returns its size in bytes. The same run gives the same file.
 * @throws CheckpointError when the run is damaged or the file is there already or cannot be written
 */
export function packRun(run: RunFolder, file: string, options: PackOptions = {}): number {
  if (existsSync(file) && !options.overwrite)
    throw new CheckpointError(`${file}: the file exists already. Replace it with --overwrite, or give another.`);
  const record = run.read();
  const saved = run.open(options.checkpoint);
  saved.close();
  const weights = new ByteFile(join(saved.folder, names.model));
  const temporary = `${file}.partial-${process.pid}`;
  try {
    writeZip(temporary, [
      ...textMembers(record, saved),
      { name: names.model, size: weights.size, chunks: () => pieces(weights, options.onProgress) },
    ]);
    renameSync(temporary, file);
    return statSync(file).size;
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new CheckpointError(`${file}: cannot be written, ${writeFault(error)}. Mend that and pack again.`, {
      cause: error,
    });
  } finally {
    weights.close();
  }
}

function textMembers(record: RunRecord, { spec, assets }: OpenCheckpoint): NewMember[] {
  const { data, initialize, ...rest } = spec as Record<string, unknown>;
  const sources = Object.entries((initialize ?? {}) as Record<string, unknown>).filter(([, source]) => isOnHub(source));
  const plain = { ...withPluginsNamed(rest), ...(sources.length > 0 && { initialize: Object.fromEntries(sources) }) };
  const { baseFromRun: _, ...withoutPlace } = record;
  const manifest: Manifest = {
    format: packedFormat,
    tessera: tesseraVersion,
    run: { ...withoutPlace, baseFolder: '.' },
    // Rows that stand in the spec itself are data, and data is not passed on.
    ...(record.data.fingerprint !== '' && { data }),
  };
  return [
    textMember(names.manifest, `${JSON.stringify(manifest, undefined, 2)}\n`),
    textMember(names.spec, stringify(plain)),
    ...Object.entries(assets)
      .flatMap(([part, texts]) =>
        Object.entries(texts).map(([name, text]) => textMember(`${names.assets}${part}/${name}`, text)),
      )
      .sort((a, b) => (a.name < b.name ? -1 : 1)), // not in the order that a disk lists them
  ];
}

/** Places on this machine's disk mean nothing elsewhere. */
function isOnHub(source: unknown): boolean {
  const from = typeof source === 'string' ? source : (source as { from?: unknown }).from;
  return typeof from === 'string' && from.startsWith('hf:');
}

function textMember(name: string, text: string): NewMember {
  const bytes = new TextEncoder().encode(text);
  return { name, size: bytes.length, chunks: () => [bytes] };
}

function* pieces(file: ByteFile, onProgress: PackOptions['onProgress']): Iterable<Uint8Array> {
  const most = 1 << 24;
  for (let at = 0; at < file.size; at += most) {
    const piece = file.read(at, Math.min(most, file.size - at));
    yield piece;
    onProgress?.(at + piece.length, file.size);
  }
}

/** Whether a place is a packed run, be it damaged: by its ending, or by its first member. */
export function isPacked(location: string): boolean {
  if (!existsSync(location) || !statSync(location).isFile()) return false;
  if (location.endsWith(packedEnding)) return true;
  const file = new ByteFile(location);
  try {
    const start = Buffer.from(file.read(0, Math.min(30 + names.manifest.length, file.size)));
    return start.toString('latin1', 0, 4) === 'PK\x03\x04' && start.toString('latin1', 30) === names.manifest;
  } finally {
    file.close();
  }
}

/** A packed run. What commands write of it goes beside it. */
export class PackedRun implements SavedRun {
  constructor(readonly path: string) {}

  read(): RunRecord {
    return withZip(this.path, (zip) => readManifest(zip).run);
  }

  /** The spec's `data`, its relative paths to be read from the current folder. */
  get data(): unknown {
    return withZip(this.path, (zip) => readManifest(zip).data);
  }

  open(): OpenCheckpoint {
    return openPacked(this.path);
  }

  placeOf(name: string): string {
    const { path } = this;
    const stem = path.endsWith(packedEnding) ? basename(path, packedEnding) : basename(path);
    return join(dirname(path), `${stem}.${name}`);
  }

  writeFile(name: string, text: string): void {
    writeFileSync(this.placeOf(name), text);
  }
}

/**
 * Opens a packed run. It is read where it lies: nothing is unpacked, and nothing in it is ever run.
 * @throws CheckpointError when it is damaged, of another format, lacks a member or has one that it may not have
 */
export function openPacked(path: string): OpenCheckpoint {
  const zip = new ZipFile(path, kind);
  try {
    readManifest(zip);
    const spec = readSpec(zip);
    const assets = readAssets(zip);
    zip.verify(names.model);
    const parameters = openWeights(zip);
    return {
      folder: path,
      spec,
      runsModules: false,
      assets,
      parameters: completeParameters(parameters),
      openParameters: () => openWeights(new ZipFile(path, kind)),
      openOptimizer: () => {
        throw new CheckpointError(`${path}: a packed run has no state of training. Go on from its run folder.`);
      },
      close: () => parameters.close(),
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

function withZip<T>(path: string, read: (zip: ZipFile) => T): T {
  const zip = new ZipFile(path, kind);
  try {
    return read(zip);
  } finally {
    zip.close();
  }
}

function readManifest(zip: ZipFile): Manifest {
  const manifest = parsed(zip, names.manifest, JSON.parse) as Partial<Manifest> | null;
  const { format, tessera: writer } = manifest ?? {};
  if (typeof format !== 'number')
    throw new CheckpointError(
      `${zip.path}: ${names.manifest} must tell the format, got none. Pack the run again with \`tessera pack\`.`,
    );
  if (format !== packedFormat)
    throw new CheckpointError(
      `${zip.path}: Tessera ${tesseraVersion} reads packed runs of format ${packedFormat}, got format ${format}, written by Tessera ${String(writer)}. ` +
        (format > packedFormat ? 'Update Tessera.' : 'Pack the run again.'),
    );
  const fault = recordFault(manifest?.run);
  if (fault !== undefined)
    throw new CheckpointError(
      `${zip.path}: ${names.manifest} must hold the record of a run, got a fault at ${fault}. Pack the run again.`,
    );
  return manifest as Manifest;
}

function readSpec(zip: ZipFile): unknown {
  return parsed(zip, names.spec, (text) => parse(text) as unknown);
}

function parsed(zip: ZipFile, name: string, parseText: (text: string) => unknown): unknown {
  const text = zip.readText(name);
  if (text === undefined) throw lacking(zip, name);
  try {
    return parseText(text);
  } catch (error) {
    throw new CheckpointError(
      `${zip.path}: ${name} cannot be read, ${(error as Error).message.split('\n')[0]}. The file is damaged.`,
      { cause: error },
    );
  }
}

/** The texts by part. Throws CheckpointError for a member of a name that no packed run has. */
function readAssets(zip: ZipFile): AssetsByPath {
  const assets = new Map<string, [string, string][]>();
  const others: readonly string[] = [names.manifest, names.spec, names.model];
  for (const name of zip.names.filter((member) => !others.includes(member))) {
    const found = assetOf(name);
    if (!found)
      throw new CheckpointError(
        `${zip.path}: members must be ${others.join(', ')} or ${names.assets}PART/FILE, got ${JSON.stringify(name)}. It was not packed with \`tessera pack\`; do not trust it.`,
      );
    const { part, file } = found;
    const texts = assets.get(part) ?? [];
    assets.set(part, [...texts, [file, zip.readText(name) ?? '']]);
  }
  return Object.fromEntries([...assets].map(([part, texts]) => [part, Object.fromEntries(texts)]));
}

/** The part and the file that a member's name tells of; undefined where it is no such name, or leads out of a folder. */
function assetOf(name: string): { part: string; file: string } | undefined {
  const [folder, part = '', ...segments] = name.split('/');
  const isPlain = (segment: string): boolean => !['', '.', '..'].includes(segment) && !/[\\:\p{Cc}]/u.test(segment);
  if (folder !== 'assets' || !partPath.test(part) || segments.length === 0 || !segments.every(isPlain))
    return undefined;
  return { part, file: segments.join('/') };
}

function openWeights(zip: ZipFile): SafetensorsFile {
  try {
    const section = zip.section(names.model);
    if (!section) throw lacking(zip, names.model);
    return new SafetensorsFile(`${zip.path}, ${names.model}`, section);
  } catch (error) {
    zip.close();
    throw error;
  }
}

const lacking = ({ path }: ZipFile, name: string): CheckpointError =>
  new CheckpointError(`${path}: a packed run must hold ${name}, got none. Pack the run again with \`tessera pack\`.`);
