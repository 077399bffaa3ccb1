import { join } from 'node:path';
import type { CheckpointReader } from '@tessera/core';
import { openWeights, ownWeights, SafetensorsFile } from '@tessera/weights/node';
import { isSaved, openSaved } from './runFolder.js';

/** Reads run folders, checkpoint folders and, for parameters alone, files and folders of weights from the disk. */
export const runCheckpointReader: CheckpointReader = {
  read: (location) => Promise.resolve().then(() => openSaved(location)),
  readParameters: (location, request) =>
    Promise.resolve().then(() => {
      if (!isSaved(location)) return openWeights(location, request);
      const saved = openSaved(location);
      saved.close();
      return ownWeights(new SafetensorsFile(join(saved.folder, 'model.safetensors')), request.prefix);
    }),
};
