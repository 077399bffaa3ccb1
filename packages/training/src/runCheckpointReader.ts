import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckpointReader } from '@tessera/core';
import { SafetensorsFile } from '@tessera/weights/node';
import { openSaved } from './runFolder.js';

/** Reads run folders, checkpoint folders and, for parameters alone, safetensors files from the disk. */
export const runCheckpointReader: CheckpointReader = {
  read: (location) => Promise.resolve().then(() => openSaved(location)),
  readParameters: (location) =>
    Promise.resolve().then(() => {
      const isFile = existsSync(location) && statSync(location).isFile();
      if (isFile) return new SafetensorsFile(location);
      const saved = openSaved(location);
      saved.close();
      return new SafetensorsFile(join(saved.folder, 'model.safetensors'));
    }),
};
