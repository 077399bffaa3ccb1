import { expect, test } from 'vitest';
import { pythonJson } from './pythonJson.js';

test("separates as Python's json.dumps does", () => {
  expect(pythonJson({ id: '1F600#0', words: ['a', 'b'], draw: 1 })).toBe(
    '{"id": "1F600#0", "words": ["a", "b"], "draw": 1}',
  );
});

test('keeps letters of every script and escapes quotes and controls', () => {
  expect(pythonJson('Grün "मजाकिया"\n')).toBe('"Grün \\"मजाकिया\\"\\n"');
});

test('leaves undefined fields out', () => {
  expect(pythonJson({ a: 'x', b: undefined })).toBe('{"a": "x"}');
});
