// Encoded bytes → samples. WAV is read here; the compressed formats go to WebAssembly builds of mpg123, libFLAC, libvorbis
// and libopus, each loaded when its first file comes.
import { DataError } from '@tessera/core';
import { findTruncation, mp3Bytes } from './findTruncation.js';
import { readFlacInfo } from './flacInfo.js';
import { requireSound, type DecodedSound } from './rawSound.js';
import { audioStart, recogniseSound, type SoundFormat } from './soundFormat.js';
import { decodeWav } from './wav.js';

/** What the WebAssembly decoders give. */
interface CodecResult {
  readonly channelData: readonly Float32Array[];
  readonly samplesDecoded: number;
  readonly sampleRate: number;
  readonly errors: readonly { readonly message: string }[];
}

/** A WebAssembly decoder while it is in use. */
interface Codec {
  readonly ready: Promise<void>;
  free(): void;
}

/**
 * Decodes the bytes of a WAV, FLAC, MP3 or Ogg (Vorbis, Opus, FLAC) file.
 * @param name - of the source, for messages: `file=cat.wav`
 * @param seconds - what is needed from the start; more may come, of formats that are decoded in one go
 * @throws DataError when it is none of these, ends early, is damaged or of zero length
 */
export async function decodeSound(bytes: Uint8Array, name: string, seconds = Infinity): Promise<DecodedSound> {
  const format = recogniseSound(bytes, name);
  if (format === 'wav') return requireSound(decodeWav(bytes, name, seconds), name);
  const reason = findTruncation(bytes, format);
  if (reason !== undefined) throw damagedSound(name, format, reason);
  const result = await codecs[format](bytes, seconds).catch((cause: unknown) => {
    throw damagedSound(name, format, cause instanceof Error ? cause.message : String(cause), cause);
  });
  const [error] = result.errors;
  if (error) throw damagedSound(name, format, error.message.trim());
  const channels = result.channelData.map((list) => list.subarray(0, result.samplesDecoded));
  return requireSound({ sampleRate: result.sampleRate, channels }, name);
}

const codecs: Readonly<
  Record<Exclude<SoundFormat, 'wav'>, (bytes: Uint8Array, seconds: number) => Promise<CodecResult>>
> = {
  mp3: decodeMp3,
  flac: decodeFlac,
  'ogg flac': async (bytes) => {
    const { FLACDecoder } = await import('@wasm-audio-decoders/flac');
    return using(new FLACDecoder(), (decoder) => decoder.decodeFile(bytes));
  },
  'ogg vorbis': async (bytes) => {
    const { OggVorbisDecoder } = await import('@wasm-audio-decoders/ogg-vorbis');
    return using(new OggVorbisDecoder(), (decoder) => decoder.decodeFile(bytes));
  },
  'ogg opus': decodeOpus,
};

async function using<T extends Codec, R>(codec: T, use: (codec: T) => R | Promise<R>): Promise<R> {
  await codec.ready;
  try {
    return await use(codec);
  } finally {
    codec.free();
  }
}

/** Bytes of an MP3 that are decoded at a time, so that two hours of which a minute is needed cost what a minute costs. */
const blockLength = 8192;

async function decodeMp3(bytes: Uint8Array, seconds: number): Promise<CodecResult> {
  const { MPEGDecoder } = await import('mpg123-decoder');
  const audio = mp3Bytes(bytes);
  const blocks: CodecResult[] = [];
  return using(new MPEGDecoder(), (decoder) => {
    let numSamples = 0;
    for (let at = 0; at < audio.length; at += blockLength) {
      const block = decoder.decode(audio.subarray(at, at + blockLength));
      blocks.push(block);
      numSamples += block.samplesDecoded;
      if (block.errors.length > 0 || numSamples >= seconds * block.sampleRate) break;
    }
    return joined(blocks);
  });
}

/** Blocks that were decoded one after the other; the rate is the last one's, since the first may hold no sound yet. */
function joined(blocks: readonly CodecResult[]): CodecResult {
  const samplesDecoded = blocks.reduce((sum, block) => sum + block.samplesDecoded, 0);
  const channelData = [0, 1].map((channel) => {
    const samples = new Float32Array(samplesDecoded);
    let at = 0;
    for (const block of blocks) {
      samples.set(block.channelData[channel]?.subarray(0, block.samplesDecoded) ?? [], at);
      at += block.samplesDecoded;
    }
    return samples;
  });
  const sampleRate = blocks.at(-1)?.sampleRate ?? 0;
  return { channelData, samplesDecoded, sampleRate, errors: blocks.flatMap(({ errors }) => errors) };
}

async function decodeFlac(bytes: Uint8Array): Promise<CodecResult> {
  const { FLACDecoder } = await import('@wasm-audio-decoders/flac');
  const audio = bytes.subarray(audioStart(bytes));
  // The parser takes the end of a frame for one only when something follows: without this the last frame is lost.
  const followed = new Uint8Array(audio.length + 64);
  followed.set(audio);
  const result = await using(new FLACDecoder(), (decoder) => decoder.decodeFile(followed));
  const { numSamples } = readFlacInfo(audio);
  if (numSamples > 0 && result.samplesDecoded !== numSamples) {
    throw new Error(`${result.samplesDecoded} of ${numSamples} samples could be decoded`);
  }
  return result;
}

/** Opus counts in 48,000 samples per second; the last page says where the sound ends within its last frame. */
async function decodeOpus(bytes: Uint8Array): Promise<CodecResult> {
  const [{ OpusDecoder }, { default: CodecParser }] = await Promise.all([
    import('opus-decoder'),
    import('codec-parser'),
  ]);
  const pages = new CodecParser('audio/ogg').parseAll(bytes);
  const frames = pages.flatMap((page) => ('codecFrames' in page ? page.codecFrames : []));
  const header = frames[0]?.header;
  if (!header || !('preSkip' in header)) throw new Error('it has no frame');
  const { preSkip, channels, streamCount, coupledStreamCount, channelMappingTable } = header;
  const decoder = new OpusDecoder({ preSkip, channels, streamCount, coupledStreamCount, channelMappingTable });
  const result = await using(decoder, (opus) => opus.decodeFrames(frames.map(({ data }) => data)));
  const last = pages.at(-1);
  const end =
    last && 'absoluteGranulePosition' in last ? Number(BigInt(last.absoluteGranulePosition)) - preSkip : Infinity;
  return { ...result, samplesDecoded: Math.max(0, Math.min(result.samplesDecoded, end)) };
}

/** The error for a compressed sound that ends early or cannot be decoded. */
export const damagedSound = (name: string, format: SoundFormat, reason: string, cause?: unknown): DataError =>
  new DataError(
    `Sound: must be complete and undamaged, got ${name} (${format}), which ends early or is damaged: ${reason}. Save or download it again.`,
    { cause },
  );
