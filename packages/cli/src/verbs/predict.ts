import { createReadStream, createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { DataError, isTesseraError, type Model } from '@tessera/core';
import type { CommandContext } from '../commandContext.js';
import type { PredictFlags } from '../commands/predict.js';
import { withSession } from '../session.js';
import { formatPercent } from '../terminal/format.js';
import { nullForUndefinedFigures, type Terminal } from '../terminal/terminal.js';
import { sampleInputs } from './sampleInputs.js';

/** Predicts one sample or a stream of them. */
export async function runPredict(
  context: CommandContext,
  run: string,
  words: readonly string[],
  flags: PredictFlags,
): Promise<void> {
  await withSession(context, flags, async ({ workbench }) => {
    const model = (await workbench.load(run)) as unknown as Model;
    try {
      if (flags.input !== undefined) await predictRows(context, model, flags.input, flags);
      else
        showPrediction(context.terminal, await model.predict(sampleInputs(model, words) as never), flags.json === true);
    } finally {
      model.dispose();
    }
  });
}

function showPrediction(terminal: Terminal, prediction: unknown, json: boolean): void {
  if (json) return terminal.printJson(prediction);
  for (const [head, value] of Object.entries(
    prediction as Record<string, { label?: string; labels?: string[]; values?: unknown; probabilities?: object }>,
  )) {
    const { probabilities, label, labels, values } = value;
    const answer = label ?? (labels ? labels.join(', ') || 'none' : JSON.stringify(values));
    terminal.print(`${terminal.style.bold(head)}: ${answer}`);
    const ranked = Object.entries((probabilities ?? {}) as Record<string, number>).sort((a, b) => b[1] - a[1]);
    for (const [name, probability] of ranked.slice(0, 5))
      terminal.print(`  ${formatPercent(probability).padStart(7)}  ${name}`);
  }
}

/** Predicts JSON lines in batches, in order. */
async function predictRows(context: CommandContext, model: Model, input: string, flags: PredictFlags): Promise<void> {
  const source = input === '-' ? context.terminal.streams.stdin : createReadStream(input, 'utf8');
  const toFile = flags.output !== undefined && flags.output !== '-';
  const out: Writable = toFile ? createWriteStream(flags.output ?? '') : context.terminal.streams.stdout;
  if (toFile) await once(out, 'open');
  const origin = input === '-' ? 'standard input' : input;
  let row = 0;
  let batch: { row: number; text: string }[] = [];
  const flush = async (): Promise<void> => {
    for (const line of await predictBatch(model, batch, origin, flags.skipErrors === true)) {
      out.write(`${JSON.stringify(line, nullForUndefinedFigures)}\n`);
    }
    batch = [];
  };
  if (input !== '-') await once(source, 'open');
  for await (const text of createInterface({ input: source, crlfDelay: Infinity })) {
    row += 1;
    if (text.trim() === '') continue;
    batch.push({ row, text });
    if (batch.length === 32) await flush();
  }
  await flush();
  if (toFile) await new Promise<void>((done) => out.end(done));
}

async function predictBatch(
  model: Model,
  rows: readonly { row: number; text: string }[],
  origin: string,
  skipErrors: boolean,
): Promise<unknown[]> {
  if (!rows.length) return [];
  const parsed = rows.map(({ row, text }) => ({ where: `${origin}, row ${row}`, text }));
  try {
    const inputs = parsed.map(({ where, text }) => rowInputs(model, where, text));
    // Prepared first, so that a fault names its row.
    await Promise.all(inputs.map((given, i) => model.prepare({ inputs: given, origin: parsed[i]?.where ?? origin })));
    return await model.predictAll(inputs as never[]);
  } catch (error) {
    if (!skipErrors || !isTesseraError(error)) throw error;
    if (rows.length === 1) return [{ error: error.message }];
    const single = [];
    for (const row of rows) single.push(...(await predictBatch(model, [row], origin, true)));
    return single;
  }
}

/** A row's values for the model's modalities; other keys are left out. */
function rowInputs(model: Model, where: string, text: string): Record<string, unknown> {
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch (error) {
    throw new DataError(`${where}: must be a JSON object, got ${text.slice(0, 60)}. ${(error as Error).message}.`, {
      cause: error,
    });
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row))
    throw new DataError(`${where}: must be a JSON object, got ${text.slice(0, 60)}.`);
  return Object.fromEntries(Object.entries(row).filter(([key]) => model.encoders.has(key)));
}
