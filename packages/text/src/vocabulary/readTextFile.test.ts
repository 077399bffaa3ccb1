import { expect, it, vi } from 'vitest';
import { readTextFile } from './readTextFile.js';

it('says what to do where there are no files, as in a browser', async () => {
  vi.stubGlobal('process', undefined);
  const reading = readTextFile({ file: 'vocab.txt', baseFolder: '.', option: 'modalities.text.vocab' });
  vi.unstubAllGlobals();
  await expect(reading).rejects.toThrow(
    'modalities.text.vocab: must be left out where there are no files, as in a browser, got "vocab.txt".',
  );
});
