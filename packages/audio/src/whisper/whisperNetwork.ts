// Whisper's encoder (Radford et al., arXiv 2212.04356; transformers' WhisperEncoder).
// Shapes: B batch, T frames, M mel bins, S = T / 2 states, D hiddenSize.
import { add, expandDims, ones, reshape, slice, tidy, type Tensor3D, type Tensor4D } from '@tensorflow/tfjs-core';
import {
  SpecError,
  uniform,
  type ForwardContext,
  type Initializer,
  type Parameter,
  type ParameterScope,
} from '@tessera/core';
import { conv2d, gelu, headSizeOf, LayerNorm, TransformerEncoder } from '@tessera/layers';
import type { SoundNetwork } from '../soundEncoder.js';
import type { WhisperConfig } from './whisperSchema.js';

/** Rows of the position table: 30 s of two frames each. */
const maxPositions = 1500;
const layerNormEpsilon = 1e-5;

/** Sizes and rates of a {@link WhisperNetwork}. */
export type WhisperOptions = Pick<
  WhisperConfig,
  'hiddenSize' | 'numLayers' | 'numHeads' | 'intermediateSize' | 'dropoutRate' | 'attentionDropoutRate'
> & { readonly melBins: number };

/** A convolution over time with its bias. Parameters `weight` [3, Ci, Co] and `bias` [Co]. */
class TimeConv {
  private readonly weight: Parameter;
  private readonly bias: Parameter;

  constructor(
    parameters: ParameterScope,
    inputWidth: number,
    width: number,
    private readonly stride: number,
  ) {
    const initial = uniform(1 / Math.sqrt(3 * inputWidth)); // PyTorch's default
    this.weight = parameters.weight('weight', [3, inputWidth, width], initial);
    this.bias = parameters.weight('bias', [width], initial);
  }

  /** [B, T, Ci] → [B, ⌈T / stride⌉, Co]. */
  apply(x: Tensor3D): Tensor3D {
    return tidy(() => {
      const padding = [
        [1, 1],
        [0, 0],
      ] as const;
      const y = conv2d(expandDims<Tensor4D>(x, 2), expandDims<Tensor4D>(this.weight.value, 1), {
        stride: this.stride,
        padding,
      }); // [B, T', 1, Co]
      const [batch, time, , width] = y.shape;
      return add<Tensor3D>(reshape(y, [batch, time, width]), this.bias.value);
    });
  }
}

/**
 * Two convolutions, fixed positions, a pre-norm transformer and a last LayerNorm. Parameters `conv1`, `conv2`, `layers.<i>`,
 * `norm`, and the buffer `positions`: the names that the layout `huggingFaceWhisper` of `@tessera/weights` maps to.
 */
export class WhisperNetwork implements SoundNetwork {
  readonly featureWidth: number;
  private readonly conv1: TimeConv;
  private readonly conv2: TimeConv;
  private readonly positions: Parameter;
  private readonly layers: TransformerEncoder;
  private readonly norm: LayerNorm;

  /** @throws SpecError when hiddenSize is odd or numHeads does not divide it; `path` is the encoder's in the spec */
  constructor(parameters: ParameterScope, options: WhisperOptions, path = parameters.path) {
    const { hiddenSize, melBins, numHeads } = options;
    headSizeOf(path, hiddenSize, numHeads);
    requireEven(hiddenSize, path);
    this.featureWidth = hiddenSize;
    this.conv1 = new TimeConv(parameters.scope('conv1'), melBins, hiddenSize, 1);
    this.conv2 = new TimeConv(parameters.scope('conv2'), hiddenSize, hiddenSize, 2);
    this.positions = parameters.buffer('positions', [maxPositions, hiddenSize], sinusoids);
    this.layers = new TransformerEncoder(parameters.scope('layers'), {
      ...options,
      intermediateSize: options.intermediateSize ?? 4 * hiddenSize,
      layerNormEpsilon,
      normalization: 'pre',
      keyBias: false,
    });
    this.norm = new LayerNorm(parameters.scope('norm'), hiddenSize, layerNormEpsilon);
  }

  /** Spectrograms [B, T, M] → states [B, S, 1, D]. */
  apply(features: Tensor3D, context: ForwardContext): Tensor4D {
    return tidy(() => {
      const heard = gelu(this.conv2.apply(gelu(this.conv1.apply(features)) as Tensor3D)) as Tensor3D; // [B, S, D]
      const [batch, time] = heard.shape;
      const placed: Tensor3D = add(heard, slice(this.positions.value, [0, 0], [time, this.featureWidth]));
      const { states } = this.layers.apply(placed, ones([batch, time]), context);
      return expandDims<Tensor4D>(this.norm.apply(states), 2);
    });
  }
}

/** Sines, then cosines, of wavelengths from 2π to 20,000π in geometric steps. */
const sinusoids: Initializer = ([rows = 0, width = 0]) => {
  const half = width / 2;
  const step = Math.log(10_000) / Math.max(1, half - 1);
  return Float32Array.from({ length: rows * width }, (_, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    const angle = row * Math.exp(-step * (column % half));
    return column < half ? Math.sin(angle) : Math.cos(angle);
  });
};

function requireEven(hiddenSize: number, path: string): void {
  if (hiddenSize % 2 === 0) return;
  throw new SpecError([
    {
      path: `${path}.hiddenSize`,
      message: `must be even, for its positions are pairs of sines and cosines, got hiddenSize=${hiddenSize}. Use ${hiddenSize + 1}.`,
    },
  ]);
}
