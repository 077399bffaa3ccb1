import { isTesseraError, type Model } from '@tessera/core';
import { formatFigure } from '@tessera/reports';
import type { CommandContext } from '../commandContext.js';
import { withSession, type WorkbenchFlags } from '../session.js';
import { formatPercent } from '../terminal/format.js';
import { oneLine } from '../terminal/width.js';
import type { Terminal } from '../terminal/terminal.js';
import { UsageError } from '../usageError.js';
import { readRows, type InputRow } from './inputRows.js';
import { openRowOutput } from './rowOutput.js';
import { sampleInputs } from './sampleInputs.js';

/** Flags of `tessera predict`; the modalities' own options are read from the rest of the line. */
export interface PredictFlags extends WorkbenchFlags {
  readonly input?: string;
  readonly output?: string;
  readonly skipErrors?: boolean;
  readonly json?: boolean;
}

/** Predicts one sample or a stream of them. */
export async function runPredict(
  context: CommandContext,
  run: string,
  words: readonly string[],
  flags: PredictFlags,
): Promise<void> {
  if (flags.input !== undefined && words.length > 0)
    throw new UsageError(`predict: a sample or --input FILE, got both (${words[0] ?? ''}). Give one of them.`);
  await withSession(context, flags, async ({ workbench }) => {
    const model = (await workbench.load(run)) as unknown as Model;
    try {
      if (flags.input !== undefined) return await predictRows(context, model, flags.input, flags);
      const prediction = await model.predict(
        sampleInputs({ model, registry: workbench.registry }, words, '--input FILE') as never,
      );
      if (flags.json) context.terminal.printJson(prediction);
      else showPrediction(context.terminal, prediction);
    } finally {
      model.dispose();
    }
  });
}

function showPrediction(terminal: Terminal, prediction: unknown): void {
  for (const [head, value] of Object.entries(
    prediction as Record<
      string,
      { label?: string; labels?: string[]; values?: Record<string, number>; probabilities?: object }
    >,
  )) {
    const { probabilities, label, labels, values } = value;
    const answer = label ?? (labels ? labels.join(', ') || 'none' : valuesText(values ?? {}));
    terminal.print(`${terminal.style.bold(head)}: ${oneLine(answer)}`);
    const ranked = Object.entries((probabilities ?? {}) as Record<string, number>).sort((a, b) => b[1] - a[1]);
    for (const [name, probability] of ranked.slice(0, 5))
      terminal.print(`  ${formatPercent(probability).padStart(7)}  ${oneLine(name)}`);
  }
}

/** The only value, or each with its name. */
function valuesText(values: Readonly<Record<string, number>>): string {
  const entries = Object.entries(values);
  return entries.map(([name, value]) => `${entries.length > 1 ? `${name} ` : ''}${formatFigure(value)}`).join(', ');
}

/** Rows predicted at a time. */
const batchSize = 32;

/** Predicts JSON lines in batches, in order. */
async function predictRows(context: CommandContext, model: Model, input: string, flags: PredictFlags): Promise<void> {
  const { stdin, stdout } = context.terminal.streams;
  const output = await openRowOutput(flags.output ?? '-', stdout);
  let batch: InputRow[] = [];
  let count = 0;
  const flush = async (): Promise<void> => {
    for (const line of await predictBatch(model, batch, flags.skipErrors === true)) await output.write(line);
    batch = [];
  };
  try {
    for await (const row of readRows(input, stdin)) {
      count += 1;
      batch.push(row);
      if (batch.length === batchSize) await flush();
    }
    await flush();
    await output.close();
    if (count === 0) context.terminal.note(`${input === '-' ? 'standard input' : input}: no rows to predict`);
  } catch (error) {
    await output.discard();
    throw error;
  }
}

async function predictBatch(model: Model, rows: readonly InputRow[], skipErrors: boolean): Promise<unknown[]> {
  if (!rows.length) return [];
  try {
    const parsed = rows.map((row) => row.read(model.encoders.keys()));
    // Prepared first, so that a fault names its row.
    await Promise.all(parsed.map(({ inputs }, i) => model.prepare({ inputs, origin: rows[i]?.origin ?? '' })));
    const predictions = await model.predictAll(parsed.map(({ inputs }) => inputs) as never[]);
    return parsed.map(({ id }, i) => ({ ...(id !== undefined && { id }), ...(predictions[i] as object) }));
  } catch (error) {
    if (!skipErrors || !isTesseraError(error)) throw error;
    if (rows.length === 1) return [{ error: error.message }];
    const single = [];
    for (const row of rows) single.push(...(await predictBatch(model, [row], true)));
    return single;
  }
}
