// Colours of attributions: orange adds, blue takes away. Readers with any of the usual colour blindnesses tell the two
// apart, and lightness alone tells the size. Stops: Cynthia Brewer's PuOr (orange) and RdBu (blue), colorbrewer2.org.

type Rgb = readonly [red: number, green: number, blue: number];

const paper: Rgb = [255, 255, 255];
const adds: readonly Rgb[] = [paper, [254, 224, 182], [253, 184, 99], [224, 130, 20], [179, 88, 6]];
const takes: readonly Rgb[] = [paper, [209, 229, 240], [146, 197, 222], [67, 147, 195], [33, 102, 172]];

/** The colour of a value from −1 to 1: white at 0. Values beyond count as the ends, those that are no numbers as 0. */
export function heatColour(value: number): string {
  const [red, green, blue] = rgbOf(value);
  return `#${[red, green, blue].map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;
}

/** The colour of text that stands out best on {@link heatColour}. */
export const textOn = (value: number): string => (luminance(rgbOf(value)) > 0.179 ? '#000000' : '#ffffff');

function rgbOf(value: number): Rgb {
  const stops = value < 0 ? takes : adds;
  const at = (stops.length - 1) * Math.min(1, Number.isFinite(value) ? Math.abs(value) : 0);
  const from = Math.min(stops.length - 2, Math.floor(at));
  const [low, high] = [stops[from] ?? paper, stops[from + 1] ?? paper];
  const mixed = (i: 0 | 1 | 2): number => low[i] + (at - from) * (high[i] - low[i]);
  return [mixed(0), mixed(1), mixed(2)];
}

/** Relative luminance, 0 to 1 (WCAG 2.2). */
function luminance(colour: Rgb): number {
  const linear = (part: number): number => (part <= 10.31 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2]);
}
