import { contributionNote, contributionRows, contributionTitle } from '../explanation/contributionRows.js';
import type { HeadContributions } from '../explanation/modalityContributions.js';
import { html, type Markup } from './markup.js';

/** What each modality adds to what a head predicts, with bars; the sign stands at the figure. */
export const drawContributions = (head: HeadContributions): Markup =>
  html`${head.predicted.map(
      (output) =>
        html`<h3>${contributionTitle(head, output)}</h3>
          <ul class="bars">
            ${contributionRows(head, output).map(
              ({ name, figure, share }) =>
                html`<li>
                  <i style="width:${(100 * Math.abs(share ?? 0)).toFixed(1)}%"></i><span>${name}</span><b>${figure}</b>
                </li>`,
            )}
          </ul>`,
    )}
    <p class="note">${contributionNote(head)}</p>`;
