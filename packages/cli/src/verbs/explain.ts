import type { Model } from '@tessera/core';
import { clsAttention, type ClsAttention, type ModalityAttention } from '@tessera/reports';
import { RunFolder } from '@tessera/training';
import type { CommandContext } from '../commandContext.js';
import type { ExplainFlags } from '../commands/explain.js';
import { withSession, type Session } from '../session.js';
import { formatPercent } from '../terminal/format.js';
import { renderHeatGrid, renderHeatList } from '../terminal/heatTable.js';
import type { Terminal } from '../terminal/terminal.js';
import { UsageError } from '../usageError.js';
import { openRunSplit } from './evaluate.js';
import { sampleInputs } from './sampleInputs.js';

/** Explains one sample. */
export async function runExplain(
  context: CommandContext,
  run: string,
  words: readonly string[],
  flags: ExplainFlags,
): Promise<void> {
  const { terminal } = context;
  await withSession(context, flags, async (session) => {
    const model = (await session.workbench.load(run)) as unknown as Model;
    try {
      const sample = await sampleOf(session, model, run, words, flags);
      const prepared = await model.prepare(sample);
      const attention = await clsAttention(model, prepared, flags.layers);
      if (flags.json)
        return terminal.printJson({ id: prepared.id, predictions: predictionsOf(model, attention), ...attention });
      show(terminal, model, attention);
    } finally {
      model.dispose();
    }
  });
}

async function sampleOf(
  session: Session,
  model: Model,
  run: string,
  words: readonly string[],
  flags: ExplainFlags,
): Promise<Parameters<Model['prepare']>[0]> {
  if (flags.row === undefined) return { inputs: sampleInputs(model, words), origin: 'the sample given' };
  const { split } = await openRunSplit(session, new RunFolder(run), flags.split, []);
  if (flags.row > split.length)
    throw new UsageError(`--row: ${flags.split} has ${split.length} rows, got ${flags.row}.`);
  return split.sample(flags.row - 1);
}

const predictionsOf = (model: Model, { logits }: ClsAttention): Record<string, unknown> =>
  Object.fromEntries(
    [...model.heads].map(([name, { head }]) => {
      const row = logits[name] ?? new Float32Array();
      const scores = head.scores(row);
      return [name, Object.fromEntries(head.labels.map((label, i) => [label, scores[i] ?? 0]))];
    }),
  );

function show(terminal: Terminal, model: Model, attention: ClsAttention): void {
  const { style } = terminal;
  for (const [head, scores] of Object.entries(
    predictionsOf(model, attention) as Record<string, Record<string, number>>,
  )) {
    const [best] = Object.entries(scores).sort((a, b) => b[1] - a[1]);
    terminal.print(`${style.bold(head)}: ${best?.[0] ?? ''} (${formatPercent(best?.[1] ?? 0)})`);
  }
  const strongest = Math.max(
    1e-9,
    ...attention.modalities.flatMap(({ tokens }) => tokens.map((token) => token.attention)),
  );
  for (const modality of attention.modalities) terminal.print('', ...modalityLines(modality, strongest, terminal));
  terminal.print('', `on [CLS] and [SEP]: ${formatPercent(attention.special)}`);
}

function modalityLines(
  { modality, tokens, total }: ModalityAttention,
  strongest: number,
  { style }: Terminal,
): string[] {
  const title = `${style.bold(modality)}: ${formatPercent(total)} of the attention of [CLS]`;
  const regions = tokens.flatMap(({ description, attention }) =>
    description.kind === 'region' ? [{ ...description, attention }] : [],
  );
  if (regions.length > 0) {
    const grid = Array.from({ length: regions[0]?.rows ?? 0 }, (_, row) =>
      regions
        .filter((region) => region.row === row)
        .map(({ attention }) => ({ text: formatPercent(attention), share: attention / strongest })),
    );
    return [title, ...renderHeatGrid(grid, style)];
  }
  const cells = tokens.map(({ description, attention }) => ({
    text:
      description.kind === 'text'
        ? description.text
        : description.kind === 'other'
          ? description.label
          : description.kind,
    share: attention / strongest,
    figure: formatPercent(attention),
  }));
  return [title, ...renderHeatList(cells, style)];
}
