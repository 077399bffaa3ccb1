// An application that lives in inversify replaces what a workbench would bring: three bindings, and models log to its
// journal, read pictures of its own format, and load from its own store.
// Run: npm run build && node examples/containers/inversifyServices.ts (Node 22.18 or newer)
import { fileURLToPath } from 'node:url';
import { DataError, checkpointReader, type CheckpointReader } from '@tessera/core';
import { runCheckpointReader } from '@tessera/training';
import { imageDecoder, type ImageDecoder, type RawImage } from '@tessera/vision';
import { sharpDecoder } from '@tessera/vision/node';
import { Container } from 'inversify';
import { createWorkbench, inversifyContainer, logger, type Logger } from 'tessera';

/** Pictures as the lab's scanner names them: `scan:WIDTHxHEIGHT:GREY`, an even surface of one grey. */
export class ScanDecoder implements ImageDecoder {
  private readonly pixels = sharpDecoder();

  inspect(raw: RawImage): ReturnType<ImageDecoder['inspect']> {
    return this.pixels.inspect(pixelsOf(raw));
  }

  decode(raw: RawImage, plan: Parameters<ImageDecoder['decode']>[1]): ReturnType<ImageDecoder['decode']> {
    return this.pixels.decode(pixelsOf(raw), plan);
  }

  encodePng(picture: Parameters<ImageDecoder['encodePng']>[0]): Promise<Uint8Array> {
    return this.pixels.encodePng(picture);
  }
}

function pixelsOf(raw: RawImage): RawImage {
  const given = typeof raw === 'string' ? raw : JSON.stringify(raw);
  const [, width = 0, height = 0, grey = 0] = (/^scan:(\d+)x(\d+):(\d+)$/.exec(given) ?? []).map(Number);
  if (width * height === 0) throw new DataError(`scan: must be scan:WIDTHxHEIGHT:GREY, got ${given}.`);
  return { width, height, channels: 1, data: new Uint8Array(width * height).fill(grey) };
}

/** Models by the names under which the lab files them. */
export const shelf = (folders: Readonly<Record<string, string>>): CheckpointReader => ({
  read: (name) => runCheckpointReader.read(folders[name] ?? name),
  readParameters: (name, request) => runCheckpointReader.readParameters(folders[name] ?? name, request),
});

/** The lab's container with its services in place of the workbench's. */
export function labContainer(journal: Logger, folders: Readonly<Record<string, string>>): Container {
  const application = new Container();
  application.bind(logger.key).toConstantValue(journal);
  application.bind(imageDecoder.key).toConstantValue(new ScanDecoder());
  application.bind(checkpointReader.key).toConstantValue(shelf(folders));
  return application;
}

/** Looks at two scans with a model that is built in the lab's container. Returns the share of dark in each. */
export async function main(): Promise<readonly number[]> {
  const lines: string[] = [];
  const journal: Logger = { info: (line) => void lines.push(line), warn: (line) => void lines.push(line) };
  const container = inversifyContainer(labContainer(journal, {}));
  const workbench = await createWorkbench({ container, backend: 'wasm' });
  const model = await workbench.build({
    modalities: {
      scan: { encoder: 'resnet18', width: 2, stem: 'small', input: { size: 8 }, pool: { grid: [1, 1] } },
    },
    fusion: { type: 'concat' },
    heads: { tone: { type: 'single-label', labels: ['dark', 'bright'] } },
  });
  const predictions = await model.predictAll([{ scan: 'scan:8x8:10' }, { scan: 'scan:16x8:250' }]);
  workbench.dispose();
  return predictions.map(({ tone }) => tone.probabilities['dark'] ?? NaN);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await main());
