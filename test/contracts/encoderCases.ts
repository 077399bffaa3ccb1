// Small networks and inputs that show what each encoder must cope with.
import { soundDecoder, type RawSamples } from '@tessera/audio';
import { soundFileDecoder } from '@tessera/audio/node';
import { inversifyContainer } from '@tessera/core';
import { bitransformer } from '@tessera/fusion';
import type { EncoderCase } from '@tessera/testing';
import { videoDecoder } from '@tessera/video';
import { nodeVideoDecoder } from '@tessera/video/node';
import { imageDecoder, visionPlugin, type RawPixels } from '@tessera/vision';
import { sharpDecoder } from '@tessera/vision/node';

const long = 'a fox that jumps over the lazy dog and over the fence';
const texts = ['a red fox', long, '', 'the dog'];
const notText = [
  { raw: 42, names: '42' },
  { raw: ['one', 'two', 'three'], names: 'three' },
];
const pairs = [['a red fox', 'the dog'], { first: long, second: 'over' }, ['', 'fence']];

/** The bias of attention's keys shifts all scores of a query alike, which a softmax doesn't notice. */
const keyBias = /attention\.key\.bias$/;

const smallBert = {
  hiddenSize: 8,
  numLayers: 1,
  numHeads: 2,
  intermediateSize: 12,
  maxTokens: 8,
  maxPositions: 10,
  vocabSize: 60,
};
const under = { definition: bitransformer, options: { hiddenSize: 8, numLayers: 1, numHeads: 2 } };

/** Pixels of a size that differ from picture to picture. */
const picture = (width: number, height: number, channels: RawPixels['channels']): RawPixels => ({
  width,
  height,
  channels,
  data: Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 37 + width * 11) % 256),
});

const pictures = [picture(16, 16, 3), picture(23, 40, 4), picture(1, 1, 1), picture(16, 18, 3)];
const notPictures = [
  { raw: 'no/such.png', names: 'no/such.png' },
  { raw: { ...picture(2, 2, 3), width: 3 }, names: 'data=12 bytes' },
];
const container = inversifyContainer();
container.bind(imageDecoder, { factory: () => sharpDecoder() });
container.bind(soundDecoder, { factory: () => soundFileDecoder() });
container.bind(videoDecoder, { factory: () => nodeVideoDecoder() });

const small = { stem: 'small', width: 2, input: { size: 16 }, pool: { grid: [1, 2] } };
const resnet = (options: Readonly<Record<string, unknown>> = {}): EncoderCase => ({
  options: { ...small, ...options },
  container,
  samples: pictures,
  faults: notPictures,
  smooth: false,
});

/** A tone with overtones, longer or shorter than what is heard. */
const tone = (hertz: number, length: number, sampleRate = 16_000): RawSamples => ({
  sampleRate,
  samples: Float32Array.from(
    { length },
    (_, i) => 0.4 * Math.sin((hertz * i) / 3000) + 0.2 * Math.sin((hertz * i) / 1100),
  ),
});
const tones = [tone(440, 3200), tone(1000, 900), tone(700, 9000, 22_050), tone(300, 1)];
const notSounds = [
  { raw: 'no/such.wav', names: 'no/such.wav' },
  { raw: { sampleRate: 16_000, samples: new Float32Array() }, names: 'zero length' },
];
const sound = (options: Readonly<Record<string, unknown>>): EncoderCase => ({
  options: { input: { seconds: 0.2, melBins: 8 }, ...options },
  container,
  samples: tones,
  faults: notSounds,
});
const masks = {
  frequencyMasks: { width: 3 },
  timeMasks: { seconds: 0.1, share: 0.9 },
  shift: 0.05,
};
const smallWhisper = { hiddenSize: 4, numLayers: 1, numHeads: 2, intermediateSize: 6, pool: { tokens: 3 } };
/** Clips of 1 to 9 frames, four for each second. */
const clips = [3, 1, 9].map((length) => ({
  frames: Array.from({ length }, (_, i) => picture(16 + i, 16, 3)),
  rate: 4,
}));
const notClips = [
  { raw: 'no/such.mp4', names: 'no/such.mp4' },
  { raw: { frames: [], rate: 4 }, names: 'frames=[]' },
  { raw: { frames: [{ ...picture(2, 2, 3), width: 3 }], rate: 4 }, names: 'data=12 bytes' },
];
const [resnet18] = visionPlugin.components;
const clip = (name: string, options: Readonly<Record<string, unknown>>, image: object = {}): EncoderCase => ({
  name,
  options,
  encoders: { image: { definition: resnet18, options: { ...small, ...image } } },
  container,
  samples: clips,
  faults: notClips,
  smooth: false,
});

/** Cases of the built-in encoders. */
export const encoderCases: Readonly<Record<string, readonly EncoderCase[]>> = {
  wordpiece: [
    { name: 'texts', options: { maxTokens: 6, vocabSize: 60 }, under, samples: texts, faults: notText },
    {
      name: 'pairs',
      options: { maxTokens: 7, vocabSize: 60, pairs: true },
      under,
      samples: pairs,
      faults: [{ raw: 'alone', names: 'alone' }],
    },
  ],
  bert: [
    { name: 'pooled', options: smallBert, samples: texts, faults: notText, withoutGradient: keyBias },
    {
      name: 'tokens',
      options: { ...smallBert, output: 'tokens' },
      samples: texts,
      faults: notText,
      withoutGradient: keyBias,
    },
    {
      name: 'pairs',
      options: { ...smallBert, pairs: true },
      samples: pairs,
      faults: [{ raw: 'alone', names: 'alone' }],
      withoutGradient: keyBias,
    },
  ],
  bow: [
    { name: 'mean', options: { dimension: 5, maxTokens: 6 }, samples: texts, faults: notText },
    { name: 'frozen sum', options: { dimension: 5, reduction: 'sum', frozen: true }, samples: texts, faults: notText },
    { name: 'word pieces', options: { dimension: 5, tokens: 'wordpiece' }, samples: texts, faults: notText },
  ],
  resnet18: [
    { ...resnet(), name: 'small stem' },
    { ...resnet({ stem: 'imagenet', input: { size: 32 }, pool: { kind: 'max', grid: [2, 1] } }), name: 'torchvision' },
    { ...resnet({ augment: { crop: {}, flip: 0.5, brightness: 0.1 } }), name: 'augmented', augments: true },
  ],
  resnet34: [resnet()],
  resnet50: [resnet()],
  resnet101: [resnet()],
  resnet152: [resnet()],
  'audio-cnn': [
    { ...sound({ width: 2, numBlocks: 2, pool: { tokens: 4 } }), name: 'average', smooth: false },
    { ...sound({ width: 2, numBlocks: 1, pool: { kind: 'max', tokens: 1 } }), name: 'max', smooth: false },
    { ...sound({ width: 2, numBlocks: 1, augment: masks }), name: 'augmented', smooth: false, augments: true },
  ],
  whisper: [
    { ...sound(smallWhisper), name: 'pooled' },
    { ...sound({ ...smallWhisper, augment: masks }), name: 'augmented', augments: true },
  ],
  video: [
    clip('even frames', { frames: { count: 3 }, pool: { steps: 2 } }),
    clip('the largest of even frames', { frames: { count: 3 }, pool: { kind: 'max', steps: 2 } }),
    clip('a fixed rate', { frames: { rate: 3, most: 5 }, positions: 'sinusoidal' }),
    clip('a fixed rate, pooled', { frames: { rate: 3, most: 5 }, pool: { kind: 'max', steps: 2 }, positions: 'none' }),
    { ...clip('augmented', { frames: { count: 2 } }, { augment: { flip: 0.5, crop: {} } }), augments: true },
  ],
};
