import { contributionRows, contributionTitle, type HeadContributions } from '@tessera/reports';
import type { Style } from '../terminal/style.js';
import { cut, oneLine, pad, textWidth } from '../terminal/width.js';

/** What each modality adds to what the heads predict: a table with bars for each output. */
export const contributionLines = (heads: Readonly<Record<string, HeadContributions>>, style: Style): string[] =>
  Object.entries(heads).flatMap(([name, head]) => [
    '',
    `${style.bold(name)}: contribution of each modality (exact Shapley values; none: ${head.noneIs})`,
    ...head.predicted.flatMap((output) => outputLines(head, output, style)),
  ]);

function outputLines(head: HeadContributions, output: number, style: Style): string[] {
  const rows = contributionRows(head, output);
  const width = Math.min(24, Math.max(...rows.map(({ name }) => textWidth(name))));
  const figureWidth = Math.max(...rows.map(({ figure }) => textWidth(figure)));
  const lines = rows.map(({ name, figure, share = 0 }) => {
    const length = Math.round(20 * Math.abs(share));
    const bar = share < 0 ? style.red('░'.repeat(length)) : style.yellow('█'.repeat(length));
    return `  ${pad(cut(name, width), width)} ${pad(figure, figureWidth, 'right')} ${bar}`.trimEnd();
  });
  return [` ${oneLine(contributionTitle(head, output))}`, ...lines];
}
