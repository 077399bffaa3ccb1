import { describe, expect, it } from 'vitest';
import { nearestName, suggestName } from './index.js';

describe('nearestName', () => {
  const resnets = ['resnet18', 'resnet34', 'resnet50', 'resnet101', 'resnet152'];

  it.each([
    ['resnet512', 'resnet152'],
    ['resnet-50', 'resnet50'],
    ['ResNet18', 'resnet18'],
    ['resent34', 'resnet34'],
  ])('takes %s for %s', (given, expected) => {
    expect(nearestName(given, resnets)).toBe(expected);
  });

  it('ignores case and separators', () => {
    expect(nearestName('max_tokens', ['maxTokens', 'minTokens'])).toBe('maxTokens');
  });

  it('suggests nothing when nothing is close', () => {
    expect(nearestName('wordpiece', resnets)).toBeUndefined();
    expect(nearestName('anything', [])).toBeUndefined();
  });

  it('takes the first of equally near names', () => {
    expect(nearestName('ab', ['aa', 'bb'])).toBe('aa');
  });
});

describe('suggestName', () => {
  it('lists what is known, and the nearest', () => {
    expect(suggestName('focl', ['focal', 'bce'])).toBe('Known: focal, bce. Did you mean "focal"?');
  });

  it('says that nothing is known', () => {
    expect(suggestName('focal', [])).toBe('Known: none.');
  });
});
