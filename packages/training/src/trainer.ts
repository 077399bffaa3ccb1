// The fit loop over one built model. Order, augmentation and dropout are functions of (seed, epoch, batch), so that a
// resumed run repeats what an uninterrupted one does.
import {
  disposeBatch,
  hashText,
  TrainingError,
  type Model,
  type Optimizer,
  type PreparedSample,
  type Registry,
  type Schedule,
  type Split,
} from '@tessera/core';
import { epochOrder, prepareBatches } from '@tessera/data';
import { noTimes, type StageTimes, type TrainingEvent } from './events.js';
import { BatchGroups } from './batchGroups.js';
import { stageOf } from './freezing.js';
import { drawAbsent, lackableModalities } from './modalityDropout.js';
import { ParameterUpdater } from './parameterUpdater.js';
import { StageClock } from './stageClock.js';
import { StepRunner } from './stepRunner.js';
import { initialState, type TrainingState } from './trainingState.js';
import { decaysWithBatchNorm, updateRules } from './updateGroups.js';

/** What a trainer works with. */
export interface TrainerOptions {
  readonly model: Model;
  readonly registry: Registry;
  readonly training: Split;
  /** Stops after the running update when it is aborted. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: TrainingEvent) => void;
  /** Batches prepared ahead of training. */
  readonly ahead?: number;
}

/** Trains one model, epoch by epoch. Owns the optimizer's tensors. */
export class Trainer {
  readonly updater: ParameterUpdater;
  readonly schedule: Schedule;
  readonly times: StageTimes = noTimes();
  state: TrainingState;
  private readonly steps: StepRunner;
  private readonly epochLength: number;

  constructor(private readonly options: TrainerOptions) {
    const { model, registry, training } = options;
    const config = model.spec.training;
    const create = <T>(
      kind: 'optimizer' | 'schedule',
      { type, options: given }: { type: string; options: unknown },
    ): T => registry.get(kind, type).create(given as never, {} as never, { path: `training.${kind}` } as never) as T;
    const optimizer = create<Optimizer>('optimizer', config.optimizer);
    this.schedule = create<Schedule>('schedule', config.schedule);
    this.state = initialState(config.seed);
    this.epochLength = epochOrder(training, { seed: config.seed, epoch: 0 }).length;
    this.updater = new ParameterUpdater({
      optimizer,
      schedule: this.schedule,
      rules: updateRules(model.parameters.list('weight'), config.groups, optimizer, {
        ...(config.decayBatchNorm && { decays: decaysWithBatchNorm(model.parameters.list('buffer')) }),
      }),
      totalSteps: this.totalUpdates,
      ...(config.clipNorm !== undefined && { clipNorm: config.clipNorm }),
    });
    this.steps = new StepRunner(model, this.updater, {
      stage: stageOf(model, 0),
      lackable: lackableModalities(model.encoders.keys(), training, config.modalityDropout),
    });
  }

  /** Batches in one epoch. */
  get batchesPerEpoch(): number {
    return Math.ceil(this.epochLength / this.options.model.spec.training.batchSize);
  }

  /** Updates in one epoch. */
  get updatesPerEpoch(): number {
    return Math.ceil(this.batchesPerEpoch / this.options.model.spec.training.accumulate);
  }

  /** Updates in the run, for the schedule; what the authors compute where they are counted as they do, with its fraction. */
  get totalUpdates(): number {
    const { epochs, remainder, batchSize, accumulate } = this.options.model.spec.training;
    if (remainder === 'update') return epochs * this.updatesPerEpoch;
    return (this.epochLength / batchSize / accumulate) * epochs;
  }

  /** Samples in one epoch. */
  get samplesPerEpoch(): number {
    return this.epochLength;
  }

  /**
   * Runs the rest of the current epoch; false when it was interrupted before the epoch's end.
   * @throws TrainingError when a loss is not finite.
   */
  async runEpoch(): Promise<boolean> {
    const { model, training, signal } = this.options;
    const config = model.spec.training;
    const { epoch, batch: startBatch } = this.state;
    const order = epochOrder(training, { seed: config.seed, epoch }).slice(startBatch * config.batchSize);
    const batches = prepareBatches(model, training, order, {
      batchSize: config.batchSize,
      ahead: this.options.ahead ?? 4,
      augmentation: { seed: config.seed, epoch },
    });
    this.steps.enter(stageOf(model, epoch));
    const groups = new BatchGroups(
      config.accumulate,
      this.batchesPerEpoch,
      config.remainder === 'discard' ? epoch * this.batchesPerEpoch : undefined,
    );
    const startedAt = performance.now();
    let index = startBatch;
    let waitingSince = performance.now();
    try {
      for await (const samples of batches) {
        this.times.waiting += (performance.now() - waitingSince) / 1000;
        await this.runBatch(samples, index, groups);
        index += 1;
        if (groups.complete(index)) this.state = { ...this.state, batch: index };
        this.report(samples.length, index - startBatch, startedAt);
        if (signal?.aborted && groups.complete(index) && index < this.batchesPerEpoch) return false;
        waitingSince = performance.now();
      }
    } finally {
      this.steps.discard();
    }
    return true;
  }

  /** Goes on to the next epoch; `noted` is what a run keeps of the one that ends. */
  nextEpoch(noted: Partial<Pick<TrainingState, 'history' | 'best' | 'sinceBest'>> = {}): void {
    const { state } = this;
    const schedule = this.schedule.state?.() ?? {};
    this.state = { ...state, schedule, ...noted, epoch: state.epoch + 1, batch: 0, lossSum: 0, lossSamples: 0 };
  }

  /** One batch, and the update of the group that it completes. */
  private async runBatch(samples: readonly PreparedSample[], index: number, groups: BatchGroups): Promise<void> {
    const { model } = this.options;
    const { seed, modalityDropout } = model.spec.training;
    const { epoch, updates } = this.state;
    const clock = new StageClock(this.times);
    const batch = model.collate(samples, {
      masked: drawAbsent(samples, modalityDropout, `${seed}:${epoch}`),
    });
    clock.lap('collate');
    const size = groups.sizeAt(index);
    const step = { batch, seed: hashText(`dropout:${seed}:${epoch}:${index}`) | 0, lossScale: 1 / size };
    try {
      const losses = await (size === 1 ? this.steps.step(step, updates, clock) : this.steps.accumulate(step, clock));
      this.recordLoss(losses, samples.length);
    } finally {
      disposeBatch(batch);
    }
    if (!groups.complete(index + 1)) return;
    if (size > 1) await this.steps.update(updates, clock);
    this.state = { ...this.state, updates: updates + 1, updateCounts: this.updater.updateCounts };
  }

  private recordLoss(losses: Float32Array, samples: number): void {
    const { epoch, updates, lossSum, lossSamples } = this.state;
    let total = 0;
    [...this.options.model.heads].forEach(([name, { weight }], i) => {
      const loss = losses[i] ?? NaN;
      if (!Number.isFinite(loss)) {
        throw new TrainingError(
          `training: the loss must be finite, got ${loss} from head "${name}" in epoch ${epoch + 1}, update ${updates + 1}. ` +
            'Lower the learning rate, clip gradients (training.clipNorm), or look at the data of this head.',
        );
      }
      total += weight * loss;
    });
    this.state = { ...this.state, lossSum: lossSum + total * samples, lossSamples: lossSamples + samples };
  }

  private report(batchSamples: number, batchesDone: number, startedAt: number): void {
    const { epochs, batchSize } = this.options.model.spec.training;
    const { epoch, lossSum, lossSamples } = this.state;
    const seconds = (performance.now() - startedAt) / 1000;
    const samplesPerSecond = ((batchesDone - 1) * batchSize + batchSamples) / seconds;
    const samplesLeft = (epochs - epoch) * this.epochLength - lossSamples;
    this.options.onEvent?.({
      type: 'batch',
      epoch: epoch + 1,
      epochs,
      samples: lossSamples,
      samplesPerEpoch: this.epochLength,
      loss: lossSum / lossSamples,
      samplesPerSecond,
      secondsLeft: samplesLeft / samplesPerSecond,
    });
  }

  /** Frees the optimizer's tensors. Safe to call twice. */
  dispose(): void {
    this.steps.dispose();
    this.updater.dispose();
  }
}
