// The kind `whisper_encoder`: audio's Whisper from a safetensors file as transformers writes it, against WhisperEncoder.
// Compared: the position table, the last states, and tokens pooled over time. Shapes: B batch, T frames, M mel bins, D states.
import { WhisperNetwork } from '@tessera/audio';
import { inferenceContext, ParameterStore } from '@tessera/core';
import { adaptivePool2d } from '@tessera/layers';
import { squeeze, tensor3d, transpose, type Tensor3D } from '@tensorflow/tfjs-core';
import { valuesOf } from '../formula.js';
import { errorOf, type Check, type Fixture, type SummaryRecord } from '../records.js';
import { got } from '../tensors.js';
import { requireAllUsed, writtenWeights } from '../writtenWeights.js';

/** A file of this kind. */
export interface WhisperEncoderFixture extends Fixture {
  readonly config: Readonly<
    Record<'num_mel_bins' | 'd_model' | 'encoder_layers' | 'encoder_attention_heads' | 'encoder_ffn_dim', number>
  >;
  readonly input: { readonly 'input.features': { readonly shape: readonly number[]; readonly amplitude: number } };
  readonly state_dict: Readonly<Record<string, readonly number[]>>;
  readonly positions: SummaryRecord;
  readonly last_hidden_state: SummaryRecord;
  readonly average_pool: Readonly<Record<string, SummaryRecord>>;
}

/** Not given by the formula: sines and cosines, as the network makes them itself. */
const positionTable = 'model.encoder.embed_positions.weight';

/** Runs a Whisper fixture on the current backend. */
export async function whisperEncoderChecks(fixture: WhisperEncoderFixture): Promise<Check[]> {
  const { config, tolerance, name_prefix: prefix, average_pool: pools } = fixture;
  const { [positionTable]: tableShape, ...given } = fixture.state_dict;
  if (!tableShape) throw new Error(`not understood: a state dict without ${positionTable}.`);
  const weights = await writtenWeights(given, { prefix });
  const parameters = new ParameterStore(0, weights);
  try {
    const network = new WhisperNetwork(parameters.scope(), {
      melBins: config.num_mel_bins,
      hiddenSize: config.d_model,
      numLayers: config.encoder_layers,
      numHeads: config.encoder_attention_heads,
      intermediateSize: config.encoder_ffn_dim,
      dropoutRate: 0,
      attentionDropoutRate: 0,
    });
    requireAllUsed(weights);
    const states = network.apply(featuresOf(fixture), inferenceContext()); // [B, S, 1, D]
    const table = parameters.list().find(({ path }) => path === 'positions')?.value;
    const checks: Check[] = [
      { what: 'positions', error: table ? errorOf(await got(table), fixture.positions) : Infinity, tolerance },
      {
        what: 'last_hidden_state',
        error: errorOf(await got(squeeze(states, [2])), fixture.last_hidden_state),
        tolerance,
      },
    ];
    for (const [count, want] of Object.entries(pools)) {
      const tokens = squeeze(adaptivePool2d(states, [Number(count), 1], 'average'), [2]);
      checks.push({ what: `average pool ${count}`, error: errorOf(await got(tokens), want), tolerance });
    }
    const entries = parameters.list().length;
    const difference = Math.abs(entries - Object.keys(fixture.state_dict).length);
    return [...checks, { what: 'parameters', error: difference, tolerance: 0 }, shapeCheck(table?.shape, tableShape)];
  } finally {
    weights.close();
    parameters.dispose();
  }
}

const shapeCheck = (shape: readonly number[] | undefined, want: readonly number[]): Check => ({
  what: 'shape of positions',
  error: shape?.join() === want.join() ? 0 : Infinity,
  tolerance: 0,
});

/** The fixture's features, [B, M, T] there, as [B, T, M]. */
function featuresOf({ input, name_prefix: prefix }: WhisperEncoderFixture): Tensor3D {
  const { shape, amplitude } = input['input.features'];
  const [batch = 0, bins = 0, frames = 0] = shape;
  const features = tensor3d(valuesOf(`${prefix}input.features`, shape, amplitude), [batch, bins, frames]);
  return transpose(features, [0, 2, 1]);
}
