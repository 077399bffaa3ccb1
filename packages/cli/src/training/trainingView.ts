// What a user sees of one training: a bar for the epoch that runs, lines for what ended.
import type { EpochRecord, RunRecord, TrainingEvent } from '@tessera/training';
import { formatCount, formatDuration, formatFigure, formatNumberOf } from '@tessera/reports';
import { formatClock, formatRate } from '../terminal/format.js';
import type { Progress, ProgressBar, ProgressField } from '../terminal/progress.js';

type BatchEvent = Extract<TrainingEvent, { type: 'batch' }>;

/** How much of a training is shown. */
export interface TrainingViewOptions {
  /** A line for each epoch; a bar and a line at the end are shown in any case. */
  readonly epochLines: boolean;
}

/** Shows one training. */
export class TrainingView {
  private readonly bar: ProgressBar;
  private epochs = 0;
  /** The selection metric after the last evaluation. */
  private metric: { readonly name: string; readonly value: number | null | undefined } | undefined;

  constructor(
    private readonly progress: Progress,
    private readonly label: string,
    private readonly options: TrainingViewOptions,
  ) {
    this.bar = progress.bar(label);
  }

  show(event: TrainingEvent): void {
    switch (event.type) {
      case 'checking':
        return this.bar.update(event.done, event.total, [{ text: 'checking data' }]);
      case 'hashing':
        return this.bar.update(event.done, event.total, [{ text: 'hashing data' }]);
      case 'started':
        this.epochs = event.epochs;
        return this.progress.log(`${this.label}: ${startLine(event)}`);
      case 'batch':
        return this.bar.update(event.samples, event.samplesPerEpoch, this.batchFields(event));
      case 'epoch':
        return this.showEpoch(event.record, event.metric, event.improved);
      case 'stopped':
        if (event.reason === 'patience')
          this.progress.log(`${this.label}: stopped after epoch ${event.epoch}, no improvement within patience`);
        return undefined;
      case 'saved':
        return undefined;
    }
  }

  /** Takes the bar away; leaves a line about the whole run unless each epoch has one. */
  finish(record?: RunRecord): void {
    const line = record && !this.options.epochLines ? `${this.label}: ${endLine(record)}` : undefined;
    this.bar.finish(line);
  }

  private batchFields({ epoch, epochs, loss, samplesPerSecond, secondsLeft }: BatchEvent): ProgressField[] {
    const metric = this.metric && `${shortName(this.metric.name)} ${formatFigure(this.metric.value)}`;
    return [
      { text: `epoch ${epoch}/${epochs}`, short: `${epoch}/${epochs}`, rank: 3 },
      { text: `loss ${formatFigure(loss)}` },
      ...(metric === undefined ? [] : [{ text: `val ${metric}`, short: metric, rank: 2 }]),
      { text: formatRate(samplesPerSecond), short: formatRate(samplesPerSecond, '/s'), rank: 1 },
      { text: `${formatClock(secondsLeft)} left` },
    ];
  }

  private showEpoch(record: EpochRecord, name: string, improved: boolean): void {
    if (record.validation) this.metric = { name, value: record.validation[name] };
    if (this.options.epochLines)
      this.progress.log(`${this.label}  epoch ${epochLine(record, this.epochs, name, improved)}`);
  }
}

function startLine(event: Extract<TrainingEvent, { type: 'started' }>): string {
  const { numParameters, epochs, updatesPerEpoch, resumedFrom } = event;
  const resumed = resumedFrom && resumedFrom.epoch < epochs ? `, going on in epoch ${resumedFrom.epoch + 1}` : '';
  const schedule = `${formatNumberOf(epochs, 'epoch')} × ${formatNumberOf(updatesPerEpoch, 'update')}`;
  return `${formatCount(numParameters)} parameters, ${schedule}${resumed}`;
}

function epochLine(record: EpochRecord, epochs: number, name: string, improved: boolean): string {
  const { epoch, trainLoss, validation, seconds } = record;
  const number = String(epoch).padStart(String(epochs).length);
  const best = improved ? ' (best)' : '';
  const figure = validation ? `  val ${shortName(name)} ${formatFigure(validation[name])}${best}` : '';
  return `${number}/${epochs}  loss ${formatFigure(trainLoss)}${figure}  ${formatDuration(seconds)}`;
}

function endLine({ history, best, metric, seconds }: RunRecord): string {
  const last = history.at(-1);
  const value = last?.validation?.[metric];
  const ofBest = best ? ` (best ${formatFigure(best.value)} in epoch ${best.epoch})` : '';
  const figure = value === undefined ? '' : `  val ${shortName(metric)} ${formatFigure(value)}${ofBest}`;
  return `${formatNumberOf(history.length, 'epoch')} in ${formatDuration(seconds)}  loss ${formatFigure(last?.trainLoss)}${figure}`;
}

/** `group.accuracy` → accuracy: the head's name takes room that a line of progress lacks. */
const shortName = (metric: string): string => metric.slice(metric.indexOf('.') + 1);
