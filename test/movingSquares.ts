// Clips that only the order of their frames tells apart: a square goes left, and in the next clip the same way back.
import { memoryDataset } from 'tessera';
import sharp from 'sharp';

const size = 24;
const numFrames = 4;
const square = 6;
const step = 5;

const directions = ['left', 'right'];

/** Frame after frame of a clip, RGB. */
function framesOf(clip: number): Buffer {
  const pair = Math.floor(clip / 2);
  const [start, top] = [pair % 4, (pair * 11) % (size - square)];
  const lit = (frame: number, x: number, y: number): boolean => {
    const left = start + step * (clip % 2 ? frame : numFrames - 1 - frame);
    return x >= left && x < left + square && y >= top && y < top + square;
  };
  return Buffer.from(
    Array.from({ length: numFrames * size * size }, (_, at) => {
      const [frame, y, x] = [Math.floor(at / size ** 2), Math.floor(at / size) % size, at % size];
      return lit(frame, x, y) ? [230, 200, 90] : [30, 40, 60];
    }).flat(),
  );
}

/** An animated GIF. */
const gifOf = (clip: number): Promise<Buffer> =>
  sharp(framesOf(clip), { raw: { width: size, height: size * numFrames, channels: 3, pageHeight: size } })
    .gif({ delay: Array.from({ length: numFrames }, () => 100), loop: 0 })
    .toBuffer();

/** 28 clips for training and 12 that are held out, as the bytes of animated GIFs. */
export async function movingSquares(): Promise<ReturnType<typeof memoryDataset>> {
  const rows = await Promise.all(
    Array.from({ length: 40 }, async (_, clip) => ({
      inputs: { clip: new Uint8Array(await gifOf(clip)) },
      targets: { direction: directions[clip % 2] ?? '' },
    })),
  );
  return memoryDataset({ train: rows.slice(0, 28), validation: rows.slice(28) });
}

/** A model of them that learns from nothing: four frames to two steps of time, a row of three tokens each. */
export const movingSquaresSpec = (training: object = {}, steps = 2) => ({
  modalities: {
    clip: {
      encoder: 'video',
      frames: { count: numFrames },
      image: { encoder: 'resnet18', width: 8, stem: 'small', input: { size }, pool: { grid: [1, 3] } },
      pool: { steps },
    },
  },
  fusion: { type: 'bitransformer', hiddenSize: 32, numLayers: 2, numHeads: 4, maxPositions: 16 },
  heads: { direction: { type: 'single-label', dropoutRate: 0 } },
  training: {
    seed: 1,
    epochs: 16,
    batchSize: 4,
    optimizer: { type: 'adamw', learningRate: 0.002 },
    schedule: { type: 'linear', warmup: 0.1 },
    ...training,
  },
});
