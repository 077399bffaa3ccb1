import { definePlugin } from '@tessera/core';
import { csv } from './csv/csvDataset.js';
import { jsonl } from './jsonl/jsonlDataset.js';
import { inline } from './memory/inlineDataset.js';

/** The built-in datasets. */
export const dataPlugin = definePlugin({ name: '@tessera/data', components: [jsonl, csv, inline] });
