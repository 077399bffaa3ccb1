import type { Attribution } from '../explanation/attribution.js';
import type { Markup } from '../html/markup.js';

/** A part of an SVG picture, from (0, 0), with the room that it takes. */
export interface Drawing {
  readonly body: Markup;
  readonly width: number;
  readonly height: number;
}

/** How values become colours: all parts of a figure share one. */
export interface Scale {
  readonly kind: Attribution['scale'];
  /** The amount that has the strongest colour. */
  readonly largest: number;
}
