import { describe, expect, it } from 'vitest';
import { describeStep } from './describeStep.js';

const span = { from: 0.251, to: 0.5 };
const time = { from: 0.25, to: 0.5, unit: 's' };

describe('describeStep', () => {
  it('places a region of a frame in the sheet of up to eight frames in a row', () => {
    const region = { kind: 'region', row: 1, column: 0, rows: 2, columns: 3 } as const;
    expect(describeStep(region, span, { step: 2, steps: 4 })).toEqual({
      ...{ kind: 'region', row: 1, column: 6, rows: 2, columns: 12, time },
    });
    // The tenth of twenty frames is the second of the second row of three.
    expect(describeStep(region, span, { step: 9, steps: 20 })).toEqual({
      ...{ kind: 'region', row: 3, column: 3, rows: 6, columns: 24, time },
    });
  });

  it('places an area of a frame in the sheet too', () => {
    const whole = { kind: 'other', label: 'face', area: { left: 0.5, top: 0.25, width: 0.5, height: 0.5 } } as const;
    expect(describeStep(whole, span, { step: 9, steps: 16 })).toEqual({
      kind: 'other',
      label: '0.25–0.5 s: face',
      area: { left: 1.5 / 8, top: 1.25 / 2, width: 0.5 / 8, height: 0.5 / 2 },
    });
  });

  it('says in words when anything else was seen', () => {
    expect(describeStep({ kind: 'text', text: 'a cat' }, span, { step: 0, steps: 1 })).toEqual({
      kind: 'other',
      label: '0.25–0.5 s: a cat',
    });
  });
});
