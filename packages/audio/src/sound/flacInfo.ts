/** What the STREAMINFO block of a FLAC file says (RFC 9639, section 8.2). */
export interface FlacInfo {
  readonly sampleRate: number;
  readonly numChannels: number;
  /** Samples of each channel; 0 where the file does not say. */
  readonly numSamples: number;
}

/** `fLaC`, the head of the block and the block. */
export const flacHeaderLength = 42;

/** Reads the header; `bytes` begin with `fLaC` and are {@link flacHeaderLength} or more. */
export function readFlacInfo(bytes: Uint8Array): FlacInfo {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packed = view.getUint32(18); // 20 bits of rate, 3 of channels, 5 of width, the upper 4 of the count
  return {
    sampleRate: packed >>> 12,
    numChannels: ((packed >>> 9) & 7) + 1,
    numSamples: (packed & 15) * 2 ** 32 + view.getUint32(22),
  };
}
