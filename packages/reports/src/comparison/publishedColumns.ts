// Published figures beside those of a comparison.
import type { PublishedRow } from '@tessera/core';
import { formatPoints } from '../format.js';
import type { Comparison, ComparedModel } from './comparison.js';
import { publishedResults, type PublishedResult } from './publishedFigures.js';

/** What is published for the models of a comparison on its split. */
export class PublishedColumns {
  private readonly found: ReadonlyMap<ComparedModel, PublishedResult>;
  private readonly sources: readonly string[];

  constructor(
    private readonly comparison: Comparison,
    private readonly known: readonly PublishedResult[] = publishedResults,
  ) {
    const results = comparison.models.map((model) => [model, this.resultOf(model.published)] as const);
    this.found = new Map(results.flatMap(([model, result]) => (result ? [[model, result] as const] : [])));
    this.sources = [...new Set([...this.found.values()].map(footnote))];
  }

  /** Whether anything is published of a figure, `<head>.<metric>`. */
  has(figure: string): boolean {
    return this.comparison.models.some((model) => this.figureOf(model, figure) !== undefined);
  }

  /** `61.6 [1]`, `67.9 ± 0.9 [2]`, or a dash. */
  cell(model: ComparedModel, figure: string): string {
    const found = this.figureOf(model, figure);
    const result = this.found.get(model);
    if (!found || !result) return '–';
    const spread = found.deviation === undefined ? '' : ` ± ${formatPoints(found.deviation)}`;
    return `${formatPoints(found.value)}${spread} [${this.sources.indexOf(footnote(result)) + 1}]`;
  }

  /** What the numbers in brackets stand for; one sentence where nothing is published. */
  notes(): string[] {
    const { models, split } = this.comparison;
    if (models.every(({ published }) => published === undefined))
      return [
        "Published figures: none; no spec here stands for a row of a paper's table (published: { task, model }).",
      ];
    if (this.sources.length === 0) return [`Published figures on ${split}: none known for these models.`];
    return this.sources.map((text, i) => `[${i + 1}] ${text}`);
  }

  private resultOf(row: PublishedRow | undefined): PublishedResult | undefined {
    if (!row) return undefined;
    const { split } = this.comparison;
    return this.known.find(({ task, model, split: on }) => task === row.task && model === row.model && on === split);
  }

  private figureOf(model: ComparedModel, figure: string) {
    const metric = figure.slice(figure.lastIndexOf('.') + 1);
    return this.found.get(model)?.figures.find((published) => published.metric === metric);
  }
}

const footnote = ({ data, source }: PublishedResult): string => `The paper's, ${data}: ${source}.`;
