import { describe, expect, it } from 'vitest';
import { compareVersions, normalizedProject, parseWheelName, runsOn } from './wheelName.js';
import { satisfies } from './versionRange.js';

describe('parseWheelName', () => {
  it('reads project, version, Python and platforms', () => {
    expect(parseWheelName('tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl')).toEqual({
      project: 'tensorflow-cpu',
      version: '2.21.0',
      python: 'cp311',
      platforms: ['manylinux_2_27_x86_64'],
    });
    expect(
      parseWheelName('nvidia_cublas_cu12-12.9.1.4-1-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl'),
    ).toEqual({
      project: 'nvidia-cublas-cu12',
      version: '12.9.1.4',
      python: 'py3',
      platforms: ['manylinux_2_17_x86_64', 'manylinux2014_x86_64'],
    });
  });

  it('takes nothing else for a wheel', () => {
    expect(['tensorflow-2.21.0.tar.gz', 'tensorflow.whl', 'a-b-c.whl'].map(parseWheelName)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('knows that projects have several spellings', () => {
    expect(normalizedProject('NVIDIA_cublas.cu12')).toBe('nvidia-cublas-cu12');
  });
});

describe('runsOn', () => {
  const runs = (platform: string, arch: string, glibc?: readonly [number, number]): boolean | undefined => {
    const name = parseWheelName(`a-1-py3-none-${platform}.whl`);
    return name && runsOn(name, { arch, ...(glibc && { glibc }) });
  };

  it('wants the processor and a C library that is new enough', () => {
    expect(runs('manylinux_2_27_x86_64', 'x64', [2, 27])).toBe(true);
    expect(runs('manylinux_2_27_x86_64', 'x64', [2, 17])).toBe(false);
    expect(runs('manylinux_2_27_x86_64', 'arm64', [2, 36])).toBe(false);
    expect(runs('manylinux2014_aarch64', 'arm64', [2, 17])).toBe(true);
    expect(runs('win_amd64', 'x64', [2, 36])).toBe(false);
    expect(runs('macosx_12_0_arm64', 'arm64', [2, 36])).toBe(false);
  });

  it('runs nothing but what has no libraries where the C library is not glibc', () => {
    expect(runs('manylinux_2_17_x86_64', 'x64')).toBe(false);
    expect(runs('any', 'x64')).toBe(true);
  });
});

describe('satisfies', () => {
  it.each([
    ['12.5.3.2', '<13.0,>=12.5.3.2', true],
    ['13.0', '<13.0,>=12.5.3.2', false],
    ['12.9.1.4', '>=12.5, !=12.9.1.4', false],
    ['2.21', '==2.21.0', true],
    ['2.21.3', '==2.21.*', true],
    ['2.22.0', '~=2.21', true],
    ['3.0', '~=2.21', false],
    ['9.5.0.50', '~=9.3.0', false],
    ['2.21.0rc1', '', false],
    ['2.21.0', '', true],
    ['2.21.0', '>>2', false],
  ])('%s in "%s": %s', (version, range, expected) => {
    expect(satisfies(version, range)).toBe(expected);
  });

  it('compares versions number by number', () => {
    expect([[2, 9], [2, 21], [2]].sort(compareVersions)).toEqual([[2], [2, 9], [2, 21]]);
  });
});
