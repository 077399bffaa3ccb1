// From the first check of the data to the last line of run.json: what `train` does with a built model.
import { CheckpointError, logger, type Dataset, type Model, type Split, type Workbench } from '@tessera/core';
import { checkData, describeData, listDataFiles, type DataListing } from '@tessera/data';
import { saveCheckpoint } from './checkpoint.js';
import { countParameters } from './countParameters.js';
import { environment } from './environment.js';
import type { Evaluation } from './evaluate.js';
import { evaluateSplit } from './evaluateSplit.js';
import { figureSpread } from './figureSpread.js';
import type { RunData, RunFolder, RunRecord } from './runFolder.js';
import { pathFrom } from './savedPlugins.js';
import { flatFigures, improves, selectionMetric, type SelectionMetric } from './selection.js';
import type { TrainRequest, TrainResult } from './trainRequest.js';
import { Trainer } from './trainer.js';
import type { EpochRecord } from './trainingState.js';

/** One call of `train`: epochs, evaluation, checkpoints and the record of the run. */
export class TrainingRun {
  private readonly trainer: Trainer;
  private readonly metric: SelectionMetric;
  private checkpoints: RunRecord['checkpoints'] = {};
  private files: RunData['files'];
  private startedAt = performance.now();
  private started = false;

  constructor(
    private readonly workbench: Workbench,
    private readonly request: TrainRequest,
    private readonly runFolder: RunFolder,
    private readonly dataset: Dataset,
    training: Split,
    private readonly model: Model,
    private readonly baseFolder: string,
  ) {
    this.metric = selectionMetric(model, workbench.registry);
    this.trainer = new Trainer({
      model,
      registry: workbench.registry,
      training,
      ...(request.signal && { signal: request.signal }),
      ...(request.onEvent && { onEvent: request.onEvent }),
    });
  }

  restore(saved: ReturnType<RunFolder['open']>): void {
    if (!saved.state)
      throw new CheckpointError(
        `${saved.folder}: it holds no state.json, so training cannot go on from it. Train anew.`,
      );
    const optimizer = saved.openOptimizer();
    try {
      this.trainer.updater.restore(saved.state.updateCounts, optimizer);
    } finally {
      optimizer.close();
    }
    this.trainer.state = saved.state;
    this.trainer.schedule.restore?.(saved.state.schedule);
    const { checkpoints, data } = this.runFolder.read();
    this.checkpoints = checkpoints;
    this.files = data.files;
    this.startedAt -= saved.state.seconds * 1000;
  }

  async run(resumed: boolean): Promise<TrainResult> {
    const { request, trainer, model } = this;
    const listing = request.check === false ? undefined : await this.check();
    if (request.signal?.aborted)
      return { status: 'interrupted', record: this.record('interrupted'), times: trainer.times };
    if (!resumed && request.overwrite) this.runFolder.remove(); // only now: a mistake before loses nothing
    if (!resumed) this.runFolder.create();
    this.started = true;
    this.recordFiles(listing);
    const { epochs } = model.spec.training;
    const { epoch, batch } = trainer.state;
    request.onEvent?.({
      type: 'started',
      name: model.spec.name,
      numParameters: countParameters(model),
      epochs,
      updatesPerEpoch: trainer.updatesPerEpoch,
      ...(resumed && { resumedFrom: { epoch, batch } }),
    });
    this.runFolder.write(this.record('running'));
    while (trainer.state.epoch < epochs && !this.outOfPatience()) {
      if (!(await trainer.runEpoch()) || (await this.finishEpoch())) return this.interrupt();
    }
    if (this.outOfPatience()) request.onEvent?.({ type: 'stopped', reason: 'patience', epoch: trainer.state.epoch });
    return this.finish();
  }

  /** Checks the data and hashes its files. */
  private async check(): Promise<DataListing | undefined> {
    const { signal, onEvent } = this.request;
    const tell = (type: 'checking' | 'hashing') => ({
      ...(signal && { signal }),
      onProgress: (done: number, total: number) => onEvent?.({ type, done, total }),
    });
    await checkData(this.dataset, this.model, tell('checking'));
    return this.request.listing ?? listDataFiles(this.dataset, { baseFolder: this.baseFolder, ...tell('hashing') });
  }

  /** Records what the run is trained on, and says so when a resumed one goes on with other data. */
  private recordFiles(listing: DataListing | undefined): void {
    const before = this.files;
    if (listing) this.files = this.runFolder.writeListing(listing);
    if (before && this.files && before.sha256 !== this.files.sha256)
      this.workbench.container
        .get(logger)
        .warn('data: its files changed since the run began, so that it cannot be reproduced from them.');
  }

  /** Evaluates, records and saves; true when the run was interrupted meanwhile and epochs are left. */
  private async finishEpoch(): Promise<boolean> {
    const { trainer, model, metric } = this;
    const { epochs, evaluateEvery } = model.spec.training;
    const epoch = trainer.state.epoch + 1;
    const validation = this.dataset.splits['validation'];
    const evaluated =
      validation && (epoch % evaluateEvery === 0 || epoch === epochs)
        ? await this.evaluateSplit(validation)
        : undefined;
    const figures = evaluated && flatFigures(evaluated);
    const value = figures?.[metric.name] ?? NaN;
    const improved = improves(value, trainer.state.best?.value, metric);
    if (evaluated) trainer.schedule.onMetric?.(value, metric.greaterIsBetter);
    const record = this.epochRecord(epoch, figures);
    const { state } = trainer;
    trainer.nextEpoch({
      history: [...state.history, record],
      ...(improved && { best: { epoch, value } }),
      sinceBest: improved ? 0 : state.sinceBest + (evaluated ? 1 : 0),
    });
    this.request.onEvent?.({ type: 'epoch', record, improved, metric: metric.name });
    await this.save(improved);
    return this.request.signal?.aborted === true && epoch < epochs;
  }

  private epochRecord(epoch: number, validation: Record<string, number | null> | undefined): EpochRecord {
    const { state, schedule, totalUpdates } = this.trainer;
    const before = state.history.reduce((sum, entry) => sum + entry.seconds, 0);
    return {
      epoch,
      updates: state.updates,
      trainLoss: state.lossSum / state.lossSamples,
      rateFactor: schedule.factor(Math.max(state.updates - 1, 0), totalUpdates),
      seconds: this.seconds() - before,
      ...(validation && { validation }),
    };
  }

  private async evaluateSplit(split: Split): Promise<Evaluation> {
    const startedAt = performance.now();
    const evaluation = await evaluateSplit(this.workbench, this.model, split);
    this.trainer.times.evaluate += (performance.now() - startedAt) / 1000;
    return evaluation;
  }

  private async save(improved: boolean): Promise<void> {
    const startedAt = performance.now();
    const { epoch, batch } = this.trainer.state;
    this.trainer.state = { ...this.trainer.state, seconds: this.seconds() };
    const name = `epoch-${String(epoch).padStart(4, '0')}${batch ? `-batch-${batch}` : ''}`;
    const path = this.runFolder.checkpointPath(name);
    if (this.checkpoints.last !== name) {
      await saveCheckpoint(path, {
        model: this.model,
        baseFolder: this.baseFolder,
        state: this.trainer.state,
        updater: this.trainer.updater,
      });
    }
    this.checkpoints = { ...this.checkpoints, last: name, ...(improved && { best: name }) };
    this.runFolder.write(this.record('running'));
    this.trainer.times.save += (performance.now() - startedAt) / 1000;
    this.request.onEvent?.({ type: 'saved', path });
  }

  private async interrupt(): Promise<TrainResult> {
    if (this.trainer.state.batch > 0) await this.save(false);
    const record = this.record('interrupted');
    this.runFolder.write(record);
    this.request.onEvent?.({ type: 'stopped', reason: 'interrupted', epoch: this.trainer.state.epoch + 1 });
    return { status: 'interrupted', record, times: this.trainer.times };
  }

  private async finish(): Promise<TrainResult> {
    const test = this.dataset.splits['test'];
    await this.restoreKept();
    const evaluation = test && (await this.evaluateSplit(test));
    const record = this.record('finished', evaluation);
    this.runFolder.write(record);
    return { status: 'finished', record, times: this.trainer.times, ...(evaluation && { test: evaluation }) };
  }

  /** Puts the best epoch's parameters back before the final evaluation, when the run keeps the best. */
  private async restoreKept(): Promise<void> {
    const { best, last } = this.checkpoints;
    if (this.model.spec.training.keep === 'last' || best === undefined || best === last) {
      if (this.model.spec.training.keep === 'best' && best === undefined) {
        this.workbench.container.get(logger).info('training: without a validation figure the last epoch is kept.');
      }
      return;
    }
    const saved = this.runFolder.open('best');
    this.model.parameters.load(saved.parameters);
    saved.close();
  }

  /** Marks a run that ended by an error, so that nobody takes it for one that goes on. */
  recordFailure(): void {
    if (!this.started) return;
    try {
      this.runFolder.write(this.record('failed'));
    } catch {
      // The disk that failed the run may fail this too; the error that ended the run says more. Without a checkpoint the
      // record alone would keep the folder from being used again.
      if (this.checkpoints.last === undefined) this.runFolder.removeRecord();
    }
  }

  private outOfPatience(): boolean {
    const { patience } = this.model.spec.training;
    return patience !== undefined && this.trainer.state.sinceBest >= patience;
  }

  private seconds(): number {
    return (performance.now() - this.startedAt) / 1000;
  }

  private record(status: RunRecord['status'], test?: Evaluation): RunRecord {
    const { model, trainer } = this;
    const { state } = trainer;
    return {
      format: 1,
      name: model.spec.name,
      status,
      checkpoints: this.checkpoints,
      keep: this.checkpoints.best === undefined ? 'last' : model.spec.training.keep,
      metric: this.metric.name,
      ...(state.best && { best: state.best }),
      history: state.history,
      numParameters: countParameters(model),
      numTrainSamples: trainer.samplesPerEpoch,
      seconds: this.seconds(),
      seed: model.spec.training.seed,
      data: { ...describeData(this.dataset), ...(this.files && { files: this.files }) },
      baseFolder: this.baseFolder,
      baseFromRun: pathFrom(this.runFolder.path, this.baseFolder),
      versions: { ...environment(), ...this.request.versions },
      ...(test && { test: flatFigures(test), testSpread: figureSpread(test, this.workbench.registry) }),
    };
  }

  dispose(): void {
    this.trainer.dispose();
    this.model.dispose();
  }
}
