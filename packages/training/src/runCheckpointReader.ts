import type { CheckpointReader, InitialRequest, InitialSource } from '@tessera/core';
import { isHubLocation, parseHubLocation } from '@tessera/weights';
import { fetchFromHub, openWeights, ownWeights } from '@tessera/weights/node';
import { isSaved, openSaved } from './savedRun.js';

/**
 * Reads run folders, checkpoint folders and, for parameters alone, files and folders of weights from the disk or from
 * the Hugging Face hub.
 */
export const runCheckpointReader: CheckpointReader = {
  read: (location) => Promise.resolve().then(() => openSaved(location)),
  readParameters: async (location, request) => {
    if (isHubLocation(location)) return openHubWeights(location, request);
    if (!isSaved(location)) return openWeights(location, request);
    const saved = openSaved(location);
    saved.close();
    const { spec, assets } = saved;
    return { ...ownWeights(saved.openParameters(), request.prefix), saved: { spec, assets } };
  },
};

async function openHubWeights(place: string, request: InitialRequest): Promise<InitialSource> {
  const { logger } = request;
  const { path, location } = await fetchFromHub(parseHubLocation(place), {
    onProgress: (file, done, total) => logger?.progress?.(file, done, total),
    warn: (message) => logger?.warn(message),
  });
  return { ...openWeights(path, request), location };
}
