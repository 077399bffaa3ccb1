import { html, type Markup } from './markup.js';
import { pageStyle } from './pageStyle.js';

/** One headed part of a page. */
export interface Section {
  readonly title: string;
  readonly body: Markup;
}

/**
 * A whole page in one file: no script, nothing from outside, and a content security policy that makes the browser hold
 * it to that.
 */
export function page(title: string, lead: Markup, sections: readonly Section[]): string {
  const body = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
        />
        <title>${title}</title>
        <style>
          ${pageStyle}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${lead}
          ${sections.map(
            (section) =>
              html`<section>
                <h2>${section.title}</h2>
                ${section.body}
              </section>`,
          )}
        </main>
      </body>
    </html> `;
  return body.text;
}

/** Figures, counts and durations, or a dash for none: their columns are aligned to the right. */
const numeric = /^(?:[-−<]? ?\d.*|[–∞]|−∞)$/;

/** A table; the first cell of a row heads it. `best` names, for each row, the columns in which it is the best. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  best: readonly ReadonlySet<number>[] = [],
): Markup {
  const isText = head.map((_, column) => rows.some((row) => !numeric.test(row[column] ?? '')));
  const classes = (column: number, isBest = false): string =>
    [...(isText[column] ? ['text'] : []), ...(isBest ? ['best'] : [])].join(' ');
  const cell = (text: string, row: number, column: number): Markup =>
    column === 0
      ? html`<th scope="row" title="${text}">${text}</th>`
      : html`<td class="${classes(column, best[row]?.has(column))}">${text}</td>`;
  return html`<div class="wide" tabindex="0" role="region" aria-label="table: ${head.join(', ')}">
    <table>
      <thead>
        <tr>
          ${head.map((text, column) => html`<th scope="col" class="${classes(column)}">${text}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row, i) =>
            html`<tr>
              ${row.map((text, column) => cell(text, i, column))}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Names and values. */
export const facts = (entries: readonly (readonly [string, string])[]): Markup =>
  html`<dl>
    ${entries.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;

/** Something that opens on demand. */
export const folded = (summary: string, body: Markup): Markup =>
  html`<details>
    <summary>${summary}</summary>
    ${body}
  </details>`;
