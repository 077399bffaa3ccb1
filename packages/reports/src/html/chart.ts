// Charts are drawn by vega-lite on the server side, as SVG text. vega exists as an ES module only, hence import().
// Text and lines without a colour of their own take the page's, so that a chart suits a light and a dark page.
import { escapeText, Markup } from './markup.js';

/** A vega-lite specification (https://vega.github.io/vega-lite/docs/spec.html). `description` says what it shows. */
export type ChartSpec = Readonly<Record<string, unknown>>;

const faint = '#8886';

/** Colours that differ for colour-blind readers too and stand out on white and on black. */
const palette = ['#1f77c9', '#d1550a', '#1a8f6b', '#a05fb5', '#a67c00', '#d0559b', '#5b7f95', '#8c6d5a'];

/** The colour of the n-th of several things, from 0. */
export const colourOf = (index: number): string => palette[index % palette.length] ?? 'currentColor';

const theme = {
  background: 'transparent',
  font: 'system-ui, sans-serif',
  // The marks carry no labels of their own: the whole chart is one picture with a description.
  aria: false,
  axis: {
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    gridColor: faint,
    domainColor: '#888',
    tickColor: '#888',
    labelColor: 'currentColor',
    titleColor: 'currentColor',
  },
  legend: { labelFontSize: 12, titleFontSize: 12, labelColor: 'currentColor', titleColor: 'currentColor' },
  title: { fontSize: 13, color: 'currentColor' },
  range: { category: palette },
  view: { stroke: null },
};

/** Draws a chart as SVG. */
export async function drawChart(chart: ChartSpec): Promise<Markup> {
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  const { spec } = vegaLite.compile({ config: theme, ...chart } as never);
  const view = new vega.View(vega.parse(spec), { renderer: 'none' });
  try {
    const { description } = chart;
    const label = typeof description === 'string' ? ` role="img" aria-label="${escapeText(description)}"` : '';
    return new Markup((await view.toSVG()).replace('<svg ', `<svg${label} `));
  } finally {
    view.finalize();
  }
}
