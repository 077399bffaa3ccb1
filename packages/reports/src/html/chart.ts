// Charts are drawn by vega-lite on the server side, as SVG text. vega exists as an ES module only, hence import().
import { Markup } from './markup.js';

/** A vega-lite specification (https://vega.github.io/vega-lite/docs/spec.html). */
export type ChartSpec = Readonly<Record<string, unknown>>;

const theme = {
  background: 'transparent',
  font: 'system-ui, sans-serif',
  axis: {
    labelFontSize: 11,
    titleFontSize: 12,
    gridColor: '#8884',
    domainColor: '#888',
    tickColor: '#888',
    labelColor: '#666',
    titleColor: '#666',
  },
  legend: { labelFontSize: 11, titleFontSize: 12, labelColor: '#666', titleColor: '#666' },
  title: { fontSize: 13, color: '#666' },
  view: { stroke: null },
};

/** Draws a chart as SVG. */
export async function drawChart(chart: ChartSpec): Promise<Markup> {
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  const { spec } = vegaLite.compile({ config: theme, ...chart } as never);
  const view = new vega.View(vega.parse(spec), { renderer: 'none' });
  try {
    return new Markup(await view.toSVG());
  } finally {
    view.finalize();
  }
}
