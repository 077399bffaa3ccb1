// Every registered part keeps to the contract of its kind. A part that is new here needs a case in one of the tables.
import { openBackend } from '@tessera/backends';
import { describeParts } from '@tessera/testing';
import { builtIns } from 'tessera';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { datasetCases, removeDatasetFiles } from './datasetCases.js';
import { encoderCases } from './encoderCases.js';
import { fusionCases } from './fusionCases.js';
import { headCases, lossCases } from './objectiveCases.js';
import { optimizerCases, scheduleCases } from './trainingCases.js';

beforeAll(() => openBackend({ backend: process.env['TESSERA_BACKEND'] === 'cpu' ? 'cpu' : 'wasm' }));
afterAll(removeDatasetFiles);

describeParts({ describe, it }, builtIns, {
  encoder: encoderCases,
  fusion: fusionCases,
  head: headCases,
  loss: lossCases,
  optimizer: optimizerCases,
  schedule: scheduleCases,
  dataset: datasetCases,
});
