// What each token did, on a terminal: grids of pictures' regions, lists of everything else, coloured by sign and size.
import {
  describeToken,
  formatFigure,
  largestValue,
  type Attribution,
  type ModalityAttribution,
} from '@tessera/reports';
import { formatPercent } from '../terminal/format.js';
import { renderHeatGrid, renderHeatList, renderHeatScale } from '../terminal/heatTable.js';
import type { Style } from '../terminal/style.js';
import { oneLine } from '../terminal/width.js';

/** A grid wider than this many cells becomes a list. */
const mostColumns = 12;

/**
 * Lines of one attribution.
 * @param given - the modalities that the sample has
 */
export function attributionLines(attribution: Attribution, given: ReadonlySet<string>, style: Style): string[] {
  const { title, quantity, scale, modalities, rest } = attribution;
  const largest = largestValue(attribution);
  const format = formatOf(scale);
  const parts = modalities.map((modality) => {
    const { modality: name, total } = modality;
    if (given.has(name))
      return [`${style.bold(name)}: ${format(total)}`, ...tokenLines(modality, largest, format, style)];
    return [`${style.bold(name)}: not given${total === 0 ? '' : `, its learned token ${format(total)}`}`];
  });
  return [
    '',
    `${style.bold(oneLine(title))} (${oneLine(quantity)})`,
    ...parts.flat(),
    Object.entries(rest)
      .map(
        ([name, value]) =>
          `${name}: ${Math.abs(value) < 1e-3 && scale === 'signed' ? value.toExponential(1) : format(value)}`,
      )
      .join('; '),
    ...(style.enabled
      ? [renderHeatScale(scale === 'signed', format(scale === 'signed' ? -largest : 0), format(largest), style)]
      : []),
  ];
}

function tokenLines(
  { tokens }: ModalityAttribution,
  largest: number,
  format: (value: number) => string,
  style: Style,
): string[] {
  const cells = tokens.map(({ description, value }) => ({
    description,
    text: oneLine(describeToken(description)),
    share: value / largest,
    figure: format(value),
  }));
  const regions = cells.flatMap(({ description, figure, share }) =>
    description.kind === 'region' && description.columns <= mostColumns
      ? [{ ...description, text: figure, share }]
      : [],
  );
  if (regions.length === 0 || regions.length < cells.length) return renderHeatList(cells, style);
  const rows = [...new Set(regions.map(({ row }) => row))].sort((a, b) => a - b);
  return renderHeatGrid(
    rows.map((row) => regions.filter((region) => region.row === row)),
    style,
  );
}

const formatOf = (scale: Attribution['scale']): ((value: number) => string) =>
  scale === 'share' ? formatPercent : (value) => `${value < 0 ? '−' : '+'}${formatFigure(Math.abs(value))}`;
