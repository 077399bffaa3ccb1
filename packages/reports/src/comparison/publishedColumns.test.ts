import type { PublishedRow } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { compareModels, type ComparedModel, type Comparison } from './comparison.js';
import { comparisonTable } from './comparisonTable.js';
import { PublishedColumns } from './publishedColumns.js';
import { publishedResults, type PublishedResult } from './publishedFigures.js';

const model = (name: string, published?: PublishedRow): ComparedModel => ({
  name,
  numParameters: 10,
  ...(published && { published }),
  runs: [
    {
      seed: 1,
      folder: '',
      figures: { loss: 1, 'label.micro-f1': 0.5, 'label.macro-f1': 0.25 },
      targetKinds: { label: 'multi-hot' },
      history: [],
      seconds: 1,
      ids: ['x'],
      scores: [1],
    },
  ],
});

const compared = (models: readonly ComparedModel[], split = 'test'): Comparison =>
  compareModels(models, 'label.micro-f1', { split });

const mmbt = model('mine', { task: 'mmimdb', model: 'mmbt' });

describe('published figures in the table', () => {
  it('stand in a column of their own after the figure that they belong to, with their source below', () => {
    const { head, rows, footnotes } = comparisonTable(compared([mmbt, model('other')]));
    expect(head).toEqual(['model', 'test micro-f1', 'test macro-f1', "paper's", 'parameters', 'training']);
    expect(rows[0]?.slice(0, 4)).toEqual(['mine', '50.0', '25.0', '61.6 [1]']);
    expect(rows[1]?.slice(0, 4)).toEqual(['other', '50.0', '25.0', '–']);
    expect(footnotes).toEqual([expect.stringMatching(/^\[1\] The paper's, test of MM-IMDB: .*arXiv 1909\.02950/)]);
  });

  it('are never marked as the best of their column', () => {
    const { best } = comparisonTable(compared([mmbt, model('other')]));
    expect([...(best[0] ?? [])]).toEqual([1, 2]);
  });

  it('belong to the split that the paper tested on', () => {
    const { head, footnotes } = comparisonTable(compared([mmbt], 'hard'));
    expect(head).toEqual(['model', 'hard micro-f1', 'hard macro-f1']);
    expect(footnotes).toEqual(['Published figures on hard: none known for these models.']);
  });

  it('follow what the spec declares, not what the model is called', () => {
    const { head, footnotes } = comparisonTable(compared([model('mmimdb-mmbt')]));
    expect(head).not.toContain("paper's");
    expect(footnotes).toEqual([expect.stringContaining('Published figures: none; no spec here stands for a row')]);
  });

  it('have the deviation that the paper gives, and one footnote for each source', () => {
    const result = (name: string, data: string): PublishedResult => ({
      task: 'films',
      model: name,
      split: 'test',
      data,
      figures: [{ metric: 'macro-f1', value: 0.5, deviation: 0.01 }],
      source: 'A paper',
    });
    const models = ['a', 'b', 'c'].map((name) => model(name, { task: 'films', model: name }));
    const known = [result('a', 'theirs'), result('b', 'theirs'), result('c', 'other data')];
    const columns = new PublishedColumns(compared(models), known);
    expect(models.map((one) => columns.cell(one, 'label.macro-f1'))).toEqual([
      '50.0 ± 1.0 [1]',
      '50.0 ± 1.0 [1]',
      '50.0 ± 1.0 [2]',
    ]);
    expect(columns.notes()).toEqual(["[1] The paper's, theirs: A paper.", "[2] The paper's, other data: A paper."]);
  });
});

describe('publishedResults', () => {
  it('has each row once, as shares of 1 with a source', () => {
    const keys = publishedResults.map(({ task, model: name, split }) => `${task}/${name}/${split}`);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { figures, source } of publishedResults) {
      expect(source).toMatch(/arXiv \d{4}\.\d{5}/);
      for (const { value } of figures) expect(value > 0.3 && value < 1).toBe(true);
    }
  });
});
