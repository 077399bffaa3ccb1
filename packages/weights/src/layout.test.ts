import type { ParameterSource } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { foreignName, ourPath, readThroughLayout, writeThroughLayout, type Layout } from './layout.js';
import { huggingFaceBert } from './layouts/huggingFaceBert.js';
import { mmbtHuggingFace } from './layouts/mmbtHuggingFace.js';
import { mmbtOriginal } from './layouts/mmbtOriginal.js';

const sourceOf = (tensors: Record<string, { shape: number[]; values: number[] }>): ParameterSource => ({
  description: 'a test',
  read: (name) => {
    const tensor = tensors[name];
    return tensor && { shape: tensor.shape, values: Float32Array.from(tensor.values) };
  },
});

const layout: Layout = {
  name: 'test',
  entries: [
    { ours: 'layers.{i}.weight', theirs: 'block.{i}.w', axes: [1, 0] },
    { ours: 'conv.weight', theirs: 'conv', axes: [2, 3, 1, 0] },
    { ours: 'norm.weight', theirs: ['norm.weight', 'norm.gamma'] },
  ],
};

describe('a layout', () => {
  it('reads a foreign tensor under our name and axes', () => {
    const source = readThroughLayout(layout, sourceOf({ 'block.12.w': { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] } }));
    expect(source.read('layers.12.weight')).toEqual({ shape: [3, 2], values: Float32Array.of(1, 4, 2, 5, 3, 6) });
    expect(source.read('layers.3.weight')).toBeUndefined();
    expect(source.read('layers.x.weight')).toBeUndefined();
  });

  it('reads the first of several foreign names that is there', () => {
    const source = readThroughLayout(layout, sourceOf({ 'norm.gamma': { shape: [1], values: [7] } }));
    expect(source.read('norm.weight')?.values).toEqual(Float32Array.of(7));
  });

  it('writes what it reads', async () => {
    const values = Float32Array.from({ length: 24 }, (_, i) => i);
    const source = readThroughLayout(layout, sourceOf({ conv: { shape: [2, 3, 2, 2], values: [...values] } }));
    const ours = source.read('conv.weight');
    expect(ours?.shape).toEqual([2, 2, 3, 2]);
    const parameter = { name: 'conv.weight', shape: ours?.shape ?? [], values: () => ours?.values ?? values };
    const { tensors } = writeThroughLayout(layout, [parameter]);
    expect(tensors.map(({ name, shape }) => [name, shape])).toEqual([['conv', [2, 3, 2, 2]]]);
    expect(await tensors[0]?.values()).toEqual(values);
  });

  it('names the parameters that a file of its kind cannot hold', () => {
    const parameter = { name: 'fusion.projections.audio.weight', shape: [1], values: () => Float32Array.of(1) };
    expect(writeThroughLayout(layout, [parameter])).toEqual({ tensors: [], unnamed: [parameter.name] });
  });

  it('translates names both ways', () => {
    expect(foreignName(layout, 'layers.3.weight')).toBe('block.3.w');
    expect(ourPath(layout, 'block.3.w')).toBe('layers.3.weight');
    expect(ourPath(layout, 'norm.gamma')).toBe('norm.weight');
    expect(ourPath(layout, 'block.3.v')).toBeUndefined();
  });
});

describe('published layouts', () => {
  it.each([
    ['embeddings.LayerNorm.gamma', 'fusion.embeddings.norm.weight'],
    ['bert.encoder.layer.11.intermediate.dense.weight', 'fusion.layers.11.feedForward.intermediate.weight'],
    ['pooler.dense.bias', 'fusion.pooler.bias'],
  ])('Hugging Face’s BERT: %s is %s', (theirs, ours) => {
    expect(ourPath(huggingFaceBert('fusion'), theirs)).toBe(ours);
  });

  it.each([
    ['enc.img_embeddings.img_embeddings.weight', 'fusion.projections.photo.weight'],
    ['enc.txt_embeddings.token_type_embeddings.weight', 'fusion.embeddings.segment.weight'],
    ['enc.img_encoder.model.4.0.conv1.weight', 'modalities.photo.encoder.layer1.0.conv1.weight'],
    ['clf.bias', 'heads.genre.output.bias'],
    ['enc.clf.weight', undefined],
  ])('facebookresearch/mmbt: %s is %s', (theirs, ours) => {
    expect(ourPath(mmbtOriginal({ image: 'photo', classifier: 'heads.genre.output' }), theirs)).toBe(ours);
  });

  it('Hugging Face’s MMBT: the modal projection', () => {
    const names = mmbtHuggingFace({ image: 'photo', classifier: 'heads.genre.output' });
    expect(foreignName(names, 'fusion.projections.photo.bias')).toBe('mmbt.modal_encoder.proj_embeddings.bias');
  });
});
