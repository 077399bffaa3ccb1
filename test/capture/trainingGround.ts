// Workbenches on a runner of choice, and short runs of training on them.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  functionRunner,
  inversifyContainer,
  type Dataset,
  type FunctionRunner,
  type Plugin,
  type Split,
} from '@tessera/core';
import { RunFolder } from '@tessera/training';
import { createWorkbench, type TesseraWorkbench } from 'tessera';
import { tinyDataset, tinySpec } from '../tinyTask.js';

/** Makes workbenches on wasm; frees them and their runs' folders. */
export class TrainingGround {
  private readonly folder = mkdtempSync(join(tmpdir(), 'tessera-capture-'));
  private readonly workbenches: TesseraWorkbench[] = [];
  private runs = 0;

  constructor(private readonly plugins: readonly Plugin[] = []) {}

  /** A workbench whose models run on `runner`; eagerly if left out. */
  async workbench(runner?: FunctionRunner): Promise<TesseraWorkbench> {
    const container = inversifyContainer();
    if (runner) container.bind(functionRunner, { value: runner });
    const made = await createWorkbench({ backend: 'wasm', container, plugins: this.plugins });
    const workbench = made as unknown as TesseraWorkbench;
    this.workbenches.push(workbench);
    return workbench;
  }

  /** Trains on a new workbench. What the run leaves: its parameters' and optimizer's files, and its figures. */
  async train(runner: FunctionRunner | undefined, { spec, dataset = tinyDataset() }: Task): Promise<unknown[]> {
    const workbench = await this.workbench(runner);
    const to = join(this.folder, String(++this.runs));
    const { record } = await workbench.train(spec as never, { to, dataset, check: false });
    const { last = '' } = new RunFolder(to).read().checkpoints;
    const digest = (file: string): string =>
      createHash('sha256')
        .update(readFileSync(join(to, 'checkpoints', last, file)))
        .digest('hex');
    const figures = record.history.map(({ trainLoss, validation }) => ({ trainLoss, validation }));
    return [digest('model.safetensors'), digest('optimizer.safetensors'), figures, record.test];
  }

  dispose(): void {
    for (const workbench of this.workbenches) workbench.dispose();
    rmSync(this.folder, { recursive: true });
  }
}

/** What is trained on what. */
export interface Task {
  readonly spec: object;
  readonly dataset?: Dataset;
}

/** A text-only transformer, two epochs. */
export const textTask = (training: Record<string, unknown> = {}): Task => ({
  spec: tinySpec({ epochs: 2, ...training }),
});

/** The tiny dataset with other inputs. */
export function datasetWith(
  change: (inputs: Readonly<Record<string, unknown>>, index: number) => Record<string, unknown>,
): Dataset {
  const { splits, fingerprint } = tinyDataset();
  const changed = (split: Split): Split => ({
    ...split,
    sample: (i) => {
      const sample = split.sample(i);
      return { ...sample, inputs: change(sample.inputs, i) };
    },
  });
  return {
    fingerprint,
    splits: Object.fromEntries(Object.entries(splits).map(([name, split]) => [name, changed(split)])),
  };
}

/** A ResNet with BatchNorm beside the text. */
export function pictureTask(training: Record<string, unknown> = {}): Task {
  const { modalities, ...rest } = tinySpec({ epochs: 2, ...training });
  const image = { encoder: 'resnet18', width: 2, stem: 'small', input: { size: 8 }, pool: { grid: [1, 1] } };
  const dataset = datasetWith((inputs, i) => {
    const data = Uint8Array.from({ length: 8 * 8 * 3 }, (_, at) => (at * 37 + i * 101) % 256);
    return { ...inputs, image: { width: 8, height: 8, channels: 3, data } };
  });
  return { spec: { ...rest, modalities: { image, ...modalities } }, dataset };
}
