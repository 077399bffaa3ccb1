import type { Optimizer, Parameter } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { decaysWithBatchNorm, updateRules } from './updateGroups.js';

const optimizer = { learningRate: 0.1, weightDecay: 0.01 } as Optimizer;
const parameters = (['modalities.image.conv', 'modalities.text.table', 'heads.kind.bias'] as const).map(
  (path) => ({ path, decays: !path.endsWith('bias') }) as Parameter,
);
const rates = (...groups: Parameters<typeof updateRules>[1]): [number, number][] =>
  updateRules(parameters, groups, optimizer).map(({ learningRate, weightDecay }) => [learningRate, weightDecay]);

describe('updateRules', () => {
  it('takes the first group that fits, and the optimizer for what a group leaves open', () => {
    const image = { parameters: 'modalities.image.*', learningRate: 1 };
    const towers = { parameters: 'modalities.*', learningRate: 2, weightDecay: 0 };
    expect(rates(image, towers)).toEqual([
      [1, 0.01],
      [2, 0],
      [0.1, 0],
    ]);
  });

  it('scales the rate that a parameter would have', () => {
    const image = { parameters: 'modalities.image.*', learningRate: 1, rateFactor: 0.5 };
    expect(rates(image, { parameters: 'heads.*', rateFactor: 2 }).map(([rate]) => rate)).toEqual([0.5, 0.1, 0.2]);
  });

  it('lets a group fit nothing where it is said to be optional', () => {
    expect(rates({ parameters: 'modalities.audio.*', rateFactor: 2, optional: true })).toEqual(rates());
  });

  it('refuses a group that no parameter is in, because nothing fits or others have it all', () => {
    const towers = { parameters: 'modalities.*', learningRate: 2 };
    expect(() => rates(towers, { parameters: 'modalities.image.*', learningRate: 1 })).toThrow(
      'training.groups[1].parameters: fits only parameters that earlier groups have taken, got "modalities.image.*". Put the narrower pattern first.',
    );
    expect(() => rates({ parameters: 'modalities.img.*' })).toThrow(
      'training.groups[0].parameters: fits no parameter, got "modalities.img.*". Paths start with: modalities.image, modalities.text, heads.kind;',
    );
  });

  it('lets weights of BatchNorm decay, but not those of LayerNorm and no bias, where told to', () => {
    const paths = ['bn1.weight', 'bn1.bias', 'LayerNorm.weight'].map((path) => ({ path, decays: false }) as Parameter);
    const conv = { path: 'conv.weight', decays: true } as Parameter;
    const decays = decaysWithBatchNorm([{ path: 'bn1.runningMean' } as Parameter]);
    const rules = updateRules([...paths, conv], [], optimizer, { decays });
    expect(rules.map(({ weightDecay }) => weightDecay)).toEqual([0.01, 0, 0, 0.01]);
  });
});
