import { isSaved, openSaved } from '@tessera/training';
import { isHubLocation, parseHubLocation, type TensorFile } from '@tessera/weights';
import { fetchFromHub, openTensors } from '@tessera/weights/node';
import { byteProgress } from '../terminal/byteProgress.js';
import type { Terminal } from '../terminal/terminal.js';

/**
 * Opens the weights at a place: a run or checkpoint, a file or folder of weights, or a repository on the hub, which is
 * downloaded with a bar. Throws CheckpointError.
 */
export async function openLocation(location: string, terminal: Terminal): Promise<TensorFile> {
  if (isHubLocation(location)) return openTensors(await downloaded(location, terminal));
  if (!isSaved(location)) return openTensors(location);
  const saved = openSaved(location);
  saved.close();
  return saved.openParameters();
}

/** The file in the cache. */
async function downloaded(location: string, terminal: Terminal): Promise<string> {
  const { path } = await fetchFromHub(parseHubLocation(location), {
    onProgress: byteProgress(terminal),
    warn: (message) => terminal.note(`${terminal.noteStyle.yellow('warning:')} ${message}`),
  });
  return path;
}
