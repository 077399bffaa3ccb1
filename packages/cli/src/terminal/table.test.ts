import { describe, expect, it } from 'vitest';
import { renderHeatList, renderHeatScale } from './heatTable.js';
import { styleOf } from './style.js';
import { renderFacts, renderTable } from './table.js';
import { textWidth } from './width.js';

const plain = styleOf({}, {});
const coloured = styleOf({ isTTY: true }, {});

describe('a table', () => {
  it('lines columns up, figures to the right, wide characters as two columns', () => {
    const columns = [{ title: 'name' }, { title: 'count', align: 'right' as const }];
    const lines = renderTable(
      columns,
      [
        ['猫', '1'],
        ['dog', '12,345'],
      ],
      { style: plain },
    );
    expect(lines).toEqual(['name   count', '────  ──────', '猫         1', 'dog   12,345']);
    expect(new Set(lines.map(textWidth))).toEqual(new Set([12]));
  });

  it('wraps the last column to the terminal, under itself', () => {
    const rows = [['a', 'one two three four five six']];
    const lines = renderTable([{ title: 'n' }, { title: 'what' }], rows, { style: plain, columns: 24 });
    expect(lines.slice(2)).toEqual(['a  one two three four', '   five six']);
  });

  it('makes one row stand out where there are colours', () => {
    const options = { style: coloured, highlight: 1 };
    const lines = renderTable([{ title: 'n' }], [['a'], ['b']], options);
    expect(lines.slice(2)).toEqual(['a', '\u001b[1mb\u001b[22m']);
  });

  it('of names and values wraps the values', () => {
    const lines = renderFacts(
      [
        ['name', 'one two three four five six'],
        ['b', 'c'],
      ],
      plain,
      26,
    );
    expect(lines).toEqual(['name  one two three four', '      five six', 'b     c']);
  });
});

describe('colours', () => {
  it.each([
    ['a file', {}, {}],
    ['NO_COLOR', { isTTY: true }, { NO_COLOR: '1' }],
    ['a dumb terminal', { isTTY: true }, { TERM: 'dumb' }],
  ])('are off for %s', (_, target, env) => expect(styleOf(target, env).red('x')).toBe('x'));

  it('are on for a terminal, also where NO_COLOR is empty', () => {
    expect(styleOf({ isTTY: true }, { NO_COLOR: '' }).red('x')).toBe('\u001b[31mx\u001b[39m');
  });
});

describe('a list of words with shares', () => {
  it('reads without colours: a bar as long as the share', () => {
    const lines = renderHeatList(
      [
        { text: 'happy', share: 1, figure: '60.0 %' },
        { text: 'a', share: 0.25, figure: '15.0 %' },
      ],
      plain,
    );
    expect(lines).toEqual([` happy   60.0 % ${'█'.repeat(20)}`, ` a       15.0 % ${'█'.repeat(5)}`]);
  });

  it('tells what takes away from what adds, by the bar without colours and by blue and orange with them', () => {
    const cells = [
      { text: 'less', share: -0.5, figure: '−1.000' },
      { text: 'more', share: 0.5, figure: '+1.000' },
      { text: 'odd', share: NaN, figure: '–' },
    ];
    expect(renderHeatList(cells, plain)).toEqual([
      ` less   −1.000 ${'░'.repeat(10)}`,
      ` more   +1.000 ${'█'.repeat(10)}`,
      ` odd         –`,
    ]);
    const [less, more] = renderHeatList(cells, coloured);
    expect(less).toContain('\u001b[48;5;25;');
    expect(more).toContain('\u001b[48;5;166;');
  });

  it('has a scale from the least value to the greatest', () => {
    expect(renderHeatScale(true, '−2.000', '+2.000', coloured)).toMatch(
      /^−2\.000 .*48;5;117;.*48;5;234;.*48;5;214;.* \+2\.000$/,
    );
    expect(renderHeatScale(false, '0', '50 %', coloured)).not.toContain('48;5;117');
  });
});
