import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flattenTree } from './tensorTree.js';

describe('flattenTree', () => {
  let a: tf.Tensor, b: tf.Tensor;
  beforeAll(() => {
    a = tf.zeros([2, 3]);
    b = tf.zeros([2], 'int32');
  });
  afterAll(() => tf.dispose([a, b]));

  it('lists tensors in the order of the tree and puts others in their places', () => {
    const tree = { batch: { ids: b, image: a, size: 2 }, rates: [a], name: 'step' };
    const { tensors, rebuild } = flattenTree(tree);
    expect(tensors).toEqual([b, a, a]);
    expect(rebuild([a, b, b])).toEqual({ batch: { ids: a, image: b, size: 2 }, rates: [b], name: 'step' });
    expect(() => rebuild([a])).toThrow('needs 3 tensors, got 1');
  });

  it('tells trees apart by structure, shapes, types and plain leaves, and not by values', () => {
    const text = (tree: unknown): string => flattenTree(tree).skeleton;
    const other = tf.ones([2, 3]);
    expect(text({ x: other })).toBe(text({ x: a }));
    other.dispose();
    const trees = [{ x: a }, { y: a }, { x: b }, { x: [a] }, { x: a, size: 1 }, { x: a, size: 2 }, { x: null }];
    const numbers = [NaN, Infinity, -Infinity, 0, -0, 'NaN'].map((x) => ({ x }));
    const texts = [...trees, ...numbers].map(text);
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('leaves out what is undefined, and names a leaf that is no tensor and no JSON', () => {
    expect(flattenTree({ x: a, y: undefined }).skeleton).toBe(flattenTree({ x: a }).skeleton);
    expect(() => flattenTree({ list: [1, new Map()] })).toThrow('got object at .list[1]');
    expect(() => flattenTree({ run: () => 1 })).toThrow('got function at .run');
  });
});
