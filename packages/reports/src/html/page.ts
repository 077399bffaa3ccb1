import { html, Markup } from './markup.js';

/** One headed part of a page. */
export interface Section {
  readonly title: string;
  readonly body: Markup;
}

const style = new Markup(`
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #c0392b; --soft: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1040px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem } h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; border-bottom: 1px solid var(--line) }
table { border-collapse: collapse; font-variant-numeric: tabular-nums } th, td { padding: .25rem .8rem .25rem 0; text-align: right; border-bottom: 1px solid var(--line) }
th:first-child, td:first-child { text-align: left } tr.best td { font-weight: 600 }
.note { opacity: .65; font-size: .82rem } .good { color: var(--good) } .bad { color: var(--bad) }
.charts, .cards { display: flex; flex-wrap: wrap; gap: 1rem } .charts svg { max-width: 100%; height: auto }
.card { border: 1px solid var(--line); border-radius: 8px; padding: .7rem; width: 220px } .card p { margin: .4rem 0 }
.inputs { display: flex; gap: .6rem; align-items: flex-start } .input { max-width: 120px } .picture { position: relative; width: 96px; background: #fff }
.picture img { width: 100%; display: block; image-rendering: auto } .overlay { position: absolute; inset: 0 } .overlay i { position: absolute; box-sizing: border-box; border: 1px solid #fff6 }
.words { margin: 0; overflow-wrap: anywhere } .words span { border-radius: 3px; padding: 0 .15em }
.bar { position: relative; font-size: .8rem; display: flex; justify-content: space-between; margin: 2px 0; background: var(--soft) }
.bar i { position: absolute; inset: 0 auto 0 0; background: #2f6fb044 } .bar span, .bar b { position: relative; padding: 0 .3em; font-weight: 400 }
pre { overflow-x: auto; background: var(--soft); padding: .7rem; border-radius: 6px; font-size: .82rem } dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem } dt { opacity: .65 } dd { margin: 0; overflow-wrap: anywhere }
`);

/** A whole page in one file: no script, no reference to anything outside. */
export function page(title: string, lead: Markup, sections: readonly Section[]): string {
  const body = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${style}
        </style>
      </head>
      <body>
        <h1>${title}</h1>
        ${lead}
        ${sections.map(
          (section) =>
            html`<section>
              <h2>${section.title}</h2>
              ${section.body}
            </section>`,
        )}
      </body>
    </html> `;
  return body.text;
}

/** A table; the first row is the head. `best` marks a row (from 0, the head not counted). */
export function table(head: readonly string[], rows: readonly (readonly string[])[], best?: number): Markup {
  return html`<table>
    <thead>
      <tr>
        ${head.map((cell) => html`<th>${cell}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (row, i) =>
          html`<tr class="${i === best ? 'best' : ''}">
            ${row.map((cell) => html`<td>${cell}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
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
