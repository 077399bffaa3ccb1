// What TensorFlow keeps of JavaScript's arrays.
import { add, tensor1d } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { openNative } from './openNative.js';

beforeAll(async () => {
  await openNative();
});

/** Views of 16 numbers at each place an array can begin at within 64 bytes: one of them lies on TensorFlow's boundary. */
function viewsAtEachPlace(): Float32Array[] {
  const memory = new ArrayBuffer(128);
  return Array.from({ length: 16 }, (_, place) => new Float32Array(memory, place * 4, 16));
}

it('keeps its own copy of values, wherever their array lies, so that no array is let go on a thread of TensorFlow', async () => {
  const kept = await Promise.all(
    viewsAtEachPlace().map(async (view) => {
      view.fill(3);
      const given = tensor1d(view);
      add(given, 0).dispose(); // an operation hands the values to TensorFlow
      view.fill(7);
      return [...(await given.data())];
    }),
  );
  expect(kept).toEqual(kept.map(() => Array.from({ length: 16 }, () => 3)));
});
