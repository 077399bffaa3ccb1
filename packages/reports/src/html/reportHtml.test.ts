import type { EpochRecord } from '@tessera/training';
import { describe, expect, it } from 'vitest';
import { count, misplacedTags, resourcesOf, textOf } from '../../test/pages.js';
import { classTable, labelSetTable, valueTable } from '../../test/tables.js';
import { outcomeOf, outputOf } from '../evaluation/outcome.js';
import type { ExampleView } from './exampleCard.js';
import { reportHtml, type ReportContent } from './reportHtml.js';

const epoch = (number: number, trainLoss: number, validation?: Record<string, number | null>): EpochRecord => ({
  epoch: number,
  updates: number,
  trainLoss,
  rateFactor: 1,
  seconds: 1,
  ...(validation && { validation }),
});

const content = (parts: Partial<ReportContent> = {}): ReportContent => ({
  title: 'a report',
  finding: 'a leads b.',
  histories: [],
  evaluations: [],
  facts: [],
  specs: [],
  ...parts,
});

const pets = classTable(
  ['cat', 'dog'],
  [
    [0, 0],
    [1, 0],
  ],
);

const picture = (id: string, label = 'cat'): ExampleView => ({
  id,
  inputs: [
    { modality: 'image', preview: { kind: 'image', mime: 'image/png', bytes: Uint8Array.of(1, 2, 3) } },
    { modality: 'text', preview: { kind: 'text', text: `A ${label}!` } },
  ],
  outcome: outcomeOf(outputOf(pets, 1)),
  attention: [
    {
      modality: 'image',
      total: 0.3,
      tokens: [0, 1].map((column) => ({
        description: { kind: 'region', row: 0, column, rows: 1, columns: 2 },
        attention: column ? 0.25 : 0.05,
      })),
    },
    { modality: 'text', total: 0.6, tokens: [{ description: { kind: 'text', text: '[UNK]' }, attention: 0.6 }] },
  ],
});

const seeds = [1, 2].map((seed) => ({
  model: 'mmbt',
  seed,
  bestEpoch: 2,
  history: [1, 2, 3].map((number) => epoch(number, 2 / number, { loss: 1, 'kind.accuracy': (number * seed) / 10 })),
}));

const full = content({
  tables: [
    {
      title: 'Comparison',
      head: ['model', 'accuracy'],
      rows: [
        ['mmbt', '50.0'],
        ['bow', '40.0'],
      ],
      best: [new Set([1]), new Set()],
      details: { summary: 'each run', head: ['model', 'seed'], rows: [['mmbt', '1']], best: [] },
    },
  ],
  histories: [...seeds, { model: 'bow', seed: 1, history: [epoch(1, 3), epoch(2, 2)] }],
  evaluations: [{ title: 'mmbt: kind', table: pets }],
  examples: { title: 'samples', note: 'Chosen.', views: [picture('s1'), picture('s2')] },
  facts: [['seed', '1']],
  specs: [{ name: 'mmbt', yaml: 'name: mmbt\n' }],
});

describe('reportHtml', () => {
  it('is one file of well-formed HTML that loads and runs nothing', async () => {
    const page = await reportHtml(full);
    expect(misplacedTags(page)).toEqual([]);
    expect(resourcesOf(page)).toEqual([]);
    // The names of XML namespaces are the only addresses.
    expect(new Set(page.match(/https?:\/\/[^"'\s)]+/g))).toEqual(
      new Set(['http://www.w3.org/2000/svg', 'http://www.w3.org/1999/xlink']),
    );
    expect(page).toContain(`default-src 'none'; img-src data:;`);
    const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('says in words what pictures show, and heads its tables', async () => {
    const page = await reportHtml(full);
    expect(page.match(/<img [^>]*>/g)?.every((tag) => / alt="image of s[12]"/.test(tag))).toBe(true);
    expect(page.match(/<svg [^>]*>/g)?.every((tag) => / role="img" aria-label="[^"]{10,}"/.test(tag))).toBe(true);
    expect(page).toContain('<th scope="row" title="mmbt">mmbt</th>');
    expect(count(page, 'h1')).toBe(1);
    expect(page).toMatch(/<html lang="en">/);
  });

  it('escapes what comes from data and specs, in text, attributes and charts', async () => {
    const evil = `<script>alert("1")</script>'><img src=x onerror=alert(2)>&amp;`;
    const labels = [evil, 'dog'];
    const table = classTable(labels, [
      [0, 0],
      [1, 0],
    ]);
    const page = await reportHtml({
      title: evil,
      finding: evil,
      tables: [{ title: evil, head: [evil], rows: [[evil]], best: [], note: evil }],
      histories: [
        { model: evil, seed: 1, history: [epoch(1, 1, { [evil]: 1 })] },
        { model: `${evil}2`, seed: 1, history: [epoch(1, 1)] },
      ],
      historyNote: evil,
      evaluations: [
        { title: evil, table },
        { title: evil, table: valueTable([evil], [{ truth: [1], predicted: [2] }]) },
      ],
      examples: {
        title: evil,
        note: evil,
        views: [
          {
            id: evil,
            inputs: [
              { modality: evil, preview: { kind: 'text', text: evil } },
              { modality: `${evil}2`, preview: { kind: 'image', mime: evil, bytes: Uint8Array.of(1) } },
            ],
            outcome: outcomeOf(outputOf(table, 1)),
            attention: [
              { modality: evil, total: 1, tokens: [{ description: { kind: 'text', text: evil }, attention: 1 }] },
            ],
          },
        ],
      },
      facts: [[evil, evil]],
      specs: [{ name: evil, yaml: evil }],
    });
    expect(page).not.toMatch(/<script/i);
    expect(page).not.toMatch(/<img src=x/i);
    expect(misplacedTags(page)).toEqual([]);
    expect(resourcesOf(page)).toEqual([]);
    expect(page.split('&lt;script&gt;').length).toBeGreaterThan(15);
  });

  it('shows text as it was written where its tokens do not, and the share of each region', async () => {
    const page = await reportHtml(content({ examples: { title: 'samples', note: '', views: [picture('s1')] } }));
    expect(textOf(page)).toContain('A cat! [UNK] text: 60 % of the attention');
    expect(textOf(page)).toContain('5.0 % 25 % image: 30 % of the attention');
    expect(page).toContain('id="show-attention"');
    expect(page.indexOf('id="show-attention"')).toBeLessThan(page.indexOf('class="cards"')); // its selector needs that
  });

  const strengthsOf = (page: string): number[] =>
    [...page.matchAll(/rgb\(200 0 120 \/ ([\d.]+)\)/g)].map(([, alpha]) => Number(alpha));

  it('colours tokens relative to the strongest one of their input, fainter where the input got little', async () => {
    const view = picture('s1');
    const [image, text] = view.attention ?? [];
    const attention = [
      { ...image, total: 0.25 },
      { ...text, total: 0.0001 },
    ];
    const page = await reportHtml(
      content({ examples: { title: 'samples', note: '', views: [{ ...view, attention } as ExampleView] } }),
    );
    // Regions of 0.05 and 0.25: 0.6 · √0.25 · 0.05/0.25 and 0.6 · √0.25; the only word: 0.65 · √0.0001.
    expect(strengthsOf(page)).toEqual([0.06, 0.3, 0.01]);
    expect(textOf(page)).toContain('text: &lt; 0.1 % of the attention');
  });

  it('says which inputs a sample lacks', async () => {
    const view = { ...picture('s1'), inputs: [{ modality: 'image' }] };
    const page = await reportHtml(content({ examples: { title: 'samples', note: '', views: [view] } }));
    expect(textOf(page)).toContain('image: not given');
    expect(page).not.toContain('id="show-attention"'); // no picture to switch it on
  });

  it('marks the best of a column and keeps details behind a summary', async () => {
    const page = await reportHtml(full);
    expect(page).toMatch(/<td class="best">50\.0<\/td>/);
    expect(page).toMatch(/<summary>each run<\/summary>/);
  });

  it('draws nothing where there is nothing', async () => {
    const page = await reportHtml(content());
    expect(page).not.toContain('Learning curves');
    expect(page).not.toContain('<svg');
    expect(misplacedTags(page)).toEqual([]);
  });
});

describe('evaluations in a report', () => {
  const bodyOf = async (table: ReturnType<typeof classTable>): Promise<string> => {
    const page = await reportHtml(content({ evaluations: [{ title: 'evaluation', table }] }));
    expect(misplacedTags(page)).toEqual([]);
    return page;
  };

  it('have a confusion matrix with every class, one without samples too', async () => {
    const page = await bodyOf(
      classTable(
        ['cat', 'dog', 'bird'],
        [
          [0, 0],
          [0, 0],
          [1, 0],
        ],
      ),
    );
    const labels = [...page.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
    for (const name of ['cat', 'dog', 'bird']) expect(labels.filter((label) => label === name)).toHaveLength(2);
    expect(labels).toEqual(expect.arrayContaining(['true class', 'predicted class']));
    expect(labels.filter((label) => label === '·')).toHaveLength(7); // 9 cells, two of which hold samples
    expect(textOf(page)).toContain('bird – – – 0 0');
  });

  it('put a count into the row of its true class and the column of its predicted one', async () => {
    const table = classTable(['cat', 'dog'], Array<[number, number]>(5).fill([0, 1]));
    const page = await bodyOf(table);
    const [, x, y] = page.match(/<text [^>]*transform="translate\(([\d.]+),([\d.]+)\)"[^>]*>5<\/text>/) ?? [];
    expect(Number(x)).toBeGreaterThan(48); // cells are 48 wide: the second column
    expect(Number(y)).toBeLessThan(48); // and the first row
  });

  it('say so when everything is right, and when nothing has a label', async () => {
    expect(
      textOf(
        await bodyOf(
          classTable(
            ['cat', 'dog'],
            [
              [0, 0],
              [1, 1],
            ],
          ),
        ),
      ),
    ).toContain('Every sample was predicted right.');
    expect(textOf(await bodyOf(classTable(['cat', 'dog'], [])))).toContain('No sample has a label.');
  });

  it('leave the matrix out for more classes than can be read', async () => {
    const labels = Array.from({ length: 61 }, (_, i) => `class ${i}`);
    const page = await bodyOf(classTable(labels, [[0, 1]]));
    expect(page).not.toContain('<svg');
    expect(textOf(page)).toContain('61 classes are too many for a confusion matrix.');
  });

  it('list the classes of a multi-label head without a matrix', async () => {
    const page = await bodyOf(labelSetTable(['red', 'green'], [{ truth: [1, 0], scores: [0.9, 0.8] }]));
    expect(textOf(page)).toContain('red 100.0 100.0 100.0 1 1');
    expect(textOf(page)).toContain('green 0.0 – 0.0 0 1');
    expect(page).not.toContain('<svg');
  });

  it('plot predicted over true values of a regression head, not-a-number left out', async () => {
    const rows = [
      { truth: [1, 2], predicted: [1.5, NaN] },
      { truth: [2, 4], predicted: [2, 4] },
    ];
    const page = await bodyOf(valueTable(['height', 'weight'], rows));
    expect(count(page, 'svg')).toBe(2);
    expect(page).toContain('aria-label="Predicted over true weight of 1 samples."');
    expect(textOf(page)).toContain('height 0.250 0.354 0.500');
    expect(textOf(page)).toContain('weight – – –');
    expect(page).not.toContain('NaN');
  });
});
