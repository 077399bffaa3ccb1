// A checkpoint is a folder: spec.yaml, model.safetensors, state.json, optimizer.safetensors and assets/. It is written
// under a temporary name and renamed, so that a reader never sees half of one.
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import {
  CheckpointError,
  type AssetsByPath,
  type Model,
  type ParameterSource,
  type SavedModel,
  toPlainSpec,
} from '@tessera/core';
import { createFolder } from '@tessera/data';
import { SafetensorsFile, writeSafetensors } from '@tessera/weights/node';
import { parse, stringify } from 'yaml';
import type { ParameterUpdater } from './parameterUpdater.js';
import { withPortablePlugins } from './savedPlugins.js';
import type { TrainingState } from './trainingState.js';

const files = {
  spec: 'spec.yaml',
  model: 'model.safetensors',
  optimizer: 'optimizer.safetensors',
  state: 'state.json',
  assets: 'assets',
} as const;

/** What a checkpoint is made of. */
export interface CheckpointContent {
  readonly model: Model;
  /** Folder of the spec, which paths of modules under `plugins` start from. */
  readonly baseFolder: string;
  readonly state?: TrainingState;
  readonly updater?: ParameterUpdater;
}

/**
 * Saves a checkpoint under `folder`, which must not exist.
 * @throws CheckpointError when it cannot be written (a full disk); nothing is left behind then.
 */
export async function saveCheckpoint(folder: string, content: CheckpointContent): Promise<void> {
  const temporary = `${folder}.partial-${process.pid}`;
  try {
    rmSync(temporary, { recursive: true, force: true });
    createFolder(temporary);
    await writeContent(temporary, content);
    renameSync(temporary, folder);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw new CheckpointError(
      `${folder}: the checkpoint cannot be saved, ${writeFault(error)}. Earlier checkpoints are untouched: mend that and go on with --resume, or train anew if this was the first.`,
      { cause: error },
    );
  }
}

/** Why a file cannot be written, in words. */
export function writeFault(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'no space is left on the disk';
  return message.replace(/\.$/, '');
}

async function writeContent(folder: string, { model, baseFolder, state, updater }: CheckpointContent): Promise<void> {
  const spec = withPortablePlugins(toPlainSpec(model.spec), baseFolder);
  writeFileSync(join(folder, files.spec), `${stringify(spec)}${endOfSpec}`);
  writeAssets(join(folder, files.assets), model.assets);
  const parameters = model.parameters.list();
  await writeSafetensors(
    join(folder, files.model),
    parameters.map(({ path, shape, value }) => ({
      name: path,
      shape,
      values: async () => (await value.data()) as Float32Array,
    })),
    { format: 'tessera' },
  );
  if (updater) {
    await writeSafetensors(
      join(folder, files.optimizer),
      updater.tensors.map(({ name, value }) => ({
        name,
        shape: value.shape,
        values: async () => (await value.data()) as Float32Array,
      })),
      { format: 'tessera' },
    );
  }
  if (state) writeFileSync(join(folder, files.state), JSON.stringify(state, undefined, 1));
}

function writeAssets(folder: string, assets: AssetsByPath): void {
  for (const [path, texts] of Object.entries(assets)) {
    for (const [name, text] of Object.entries(texts)) {
      const file = join(folder, path, name);
      createFolder(dirname(file));
      writeFileSync(file, text);
    }
  }
}

/** A checkpoint opened for reading. */
export interface OpenCheckpoint extends SavedModel {
  /** Where it lies; the file of a packed run. */
  readonly folder: string;
  /** Undefined for a checkpoint saved without training state. */
  readonly state?: TrainingState;
  /** Opens the parameters as the file that they are. */
  openParameters(): SafetensorsFile;
  /** Opens the optimizer's tensors. Throws CheckpointError when they are missing or damaged. */
  openOptimizer(): SafetensorsFile;
  /** Closes the files. */
  close(): void;
}

/** Opens a checkpoint folder. Throws CheckpointError that names the missing or damaged file. */
export function openCheckpoint(folder: string): OpenCheckpoint {
  for (const file of [files.spec, files.model]) {
    if (!existsSync(join(folder, file))) {
      throw new CheckpointError(
        `${folder}: a checkpoint must hold ${file}, got ${describeFolder(folder)}. Give a run folder or one of its checkpoints.`,
      );
    }
  }
  const parameters = new SafetensorsFile(join(folder, files.model));
  try {
    const spec = readParsed(join(folder, files.spec), parseWholeSpec);
    const statePath = join(folder, files.state);
    const state = existsSync(statePath) ? (readParsed(statePath, JSON.parse) as TrainingState) : undefined;
    return {
      folder,
      spec,
      assets: readAssets(join(folder, files.assets)),
      parameters: completeParameters(parameters),
      ...(state && { state }),
      openParameters: () => new SafetensorsFile(join(folder, files.model)),
      openOptimizer: () => new SafetensorsFile(join(folder, files.optimizer)),
      close: () => parameters.close(),
    };
  } catch (error) {
    parameters.close();
    throw error;
  }
}

/** A saved model has every parameter: one that is missing is a damaged file, not an initial value. */
export function completeParameters(file: SafetensorsFile): ParameterSource {
  return {
    description: file.description,
    read: (path) => {
      const found = file.read(path);
      if (!found)
        throw new CheckpointError(
          `${file.description}: it lacks the parameter ${path}. The spec beside it is of another model, or the file is damaged.`,
        );
      return found;
    },
    close: () => file.close(),
  };
}

/** YAML's end of a document: a spec that was cut short could still be one, of another model. */
const endOfSpec = '...\n';

function parseWholeSpec(text: string): unknown {
  if (!text.trimEnd().endsWith(endOfSpec.trimEnd())) throw new Error('it is cut short, the last line "..." is missing');
  return parse(text);
}

function readParsed(path: string, parseText: (text: string) => unknown): unknown {
  try {
    return parseText(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CheckpointError(
      `${path}: cannot be read, ${(error as Error).message.split('\n')[0]}. The checkpoint is damaged.`,
      { cause: error },
    );
  }
}

function readAssets(folder: string): AssetsByPath {
  const assets: Record<string, Record<string, string>> = {};
  if (!existsSync(folder)) return assets;
  for (const name of readdirSync(folder, { recursive: true }).map(String)) {
    const file = join(folder, name);
    if (!statSync(file).isFile()) continue;
    const [part, ...rest] = relative(folder, file).split(sep);
    if (part !== undefined) (assets[part] ??= {})[rest.join('/')] = readFileSync(file, 'utf8');
  }
  return assets;
}

const describeFolder = (folder: string): string =>
  existsSync(folder)
    ? statSync(folder).isDirectory()
      ? `a folder with ${readdirSync(folder).slice(0, 8).join(', ') || 'nothing'}`
      : 'a file'
    : 'no such folder';
