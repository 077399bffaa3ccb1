import { describe, expect, it } from 'vitest';
import { nativePrecisions } from './precision.js';

const cpu = (flags: string): string => `processor\t: 0\nmodel name\t: X\nflags\t\t: fpu ${flags}\nbugs\t\t: amx_bf16\n`;

describe('nativePrecisions', () => {
  it.each(['avx512f avx512_bf16', 'amx_tile amx_bf16'])('offers bfloat16 with %s', (flags) => {
    expect(nativePrecisions(cpu(flags))).toEqual(['bf16-mixed']);
  });

  it.each(['avx2 avx512f', ''])('says what the processor lacks with "%s"', (flags) => {
    expect(nativePrecisions(cpu(flags))).toEqual({ none: 'this processor has none of avx512_bf16, amx_bf16' });
  });
});
