// One pass whose attention is read as what the head's token took from each token. Shapes: H heads, S joined sequence.
import {
  argMax,
  cast,
  mean,
  oneHot,
  ones,
  reshape,
  tensor1d,
  type Rank,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import {
  disposeBatch,
  inferenceContext,
  SpecError,
  type FusedState,
  type Model,
  type PreparedSample,
  type TokenDescription,
  type TokenSpan,
} from '@tessera/core';

/** What of a model an explanation needs; every built model has it, whatever its types. */
export type ExplainedModel = Pick<Model, 'spec' | 'encoders' | 'collate' | 'forward' | 'runner' | 'key'>;

/** One token and the share of attention it got. */
export interface TokenAttention {
  readonly description: TokenDescription;
  /** Share of the [CLS] token's attention; all tokens together give at most 1. */
  readonly attention: number;
}

/** The attention that one modality's tokens got. */
export interface ModalityAttention {
  readonly modality: string;
  readonly tokens: readonly TokenAttention[];
  /** Sum over the modality's tokens; of an absent modality what its learned token got, if it has one. */
  readonly total: number;
}

/** Where attention fell for one sample, and what was predicted. */
export interface ClsAttention {
  readonly modalities: readonly ModalityAttention[];
  /** Share that fell on [CLS] and [SEP]. */
  readonly special: number;
  /** Logits by head. */
  readonly logits: Readonly<Record<string, Float32Array>>;
}

/** A way to read attention. */
export interface AttentionReading {
  /** What the key of the pass ends with: two readings share none. */
  readonly key: string;
  /** What it needs, for the message under a fusion without: `attention rollout needs`. */
  readonly needs: string;
  /**
   * Shares [1, S] of all tokens.
   * @param layers - each layer's attention [S, S], mean over heads, first to last; rows are the tokens that read
   * @param start - [1, S], 1 at the token that heads read
   */
  readonly read: (layers: readonly Tensor2D[], start: Tensor2D) => Tensor2D;
}

/**
 * Runs one sample and reads its attention.
 * @throws SpecError under a fusion that gives no attention over all tokens.
 */
export async function readAttention(
  model: ExplainedModel,
  sample: PreparedSample,
  reading: AttentionReading,
): Promise<ClsAttention> {
  const { spans, logits, attention } = await runPass(model, sample, reading);
  if (!attention) throw withoutAttention(model, reading);
  const modalities = spans.map(({ modality, start, length }) =>
    modalityAttention(model, sample, modality, attention.subarray(start, start + length)),
  );
  return { modalities, special: 1 - modalities.reduce((sum, { total }) => sum + total, 0), logits };
}

/** What one pass gave. */
interface AttentionPass {
  readonly logits: Readonly<Record<string, Float32Array>>;
  /** [S] and the modalities' places in it; without them where the fusion has no attention. */
  readonly attention: Float32Array | undefined;
  readonly spans: readonly TokenSpan[];
}

async function runPass(
  model: ExplainedModel,
  sample: PreparedSample,
  { key, read }: AttentionReading,
): Promise<AttentionPass> {
  const batch = model.collate([{ ...sample, targets: {} }]);
  try {
    const { outputs, info } = await model.runner.run({
      name: 'explanation',
      key: `${model.key}attention/${key}/`,
      inputs: batch,
      body: (given) => {
        const { state, logits } = model.forward(given, inferenceContext({ wantsAttentions: true }));
        const { attentions = [], spans = [] } = state;
        const has = attentions.length > 0 && spans.length > 0;
        return {
          outputs: { logits, attention: has ? [read(attentions.map(overHeads), startOf(state))] : [] },
          info: { spans },
        };
      },
    });
    const [attention] = outputs.attention;
    return { logits: await readAll(outputs.logits), attention: attention && (await readAndFree(attention)), ...info };
  } finally {
    disposeBatch(batch);
  }
}

/** One sample's attention [1, H, S, S] → [S, S]. */
function overHeads(attention: Tensor4D): Tensor2D {
  const length = attention.shape[3];
  return reshape<Rank.R2>(mean(attention, [0, 1]), [length, length]);
}

/**
 * [1, S]: 1 at the first real token, which is the sequence's first unless that is of an absent modality. Made of int32 and
 * cast: the wasm backend writes integers into a oneHot that is asked for as float32.
 */
function startOf({ mask, attentions = [] }: FusedState): Tensor2D {
  const length = attentions[0]?.shape[3] ?? 0;
  if (length < 2) return ones([1, length]); // oneHot takes 2 places or more
  const first = mask ? argMax<Tensor1D>(mask, 1) : tensor1d([0], 'int32');
  return cast<Tensor2D>(oneHot(first, length) as Tensor2D, 'float32');
}

const withoutAttention = ({ spec }: ExplainedModel, { needs }: AttentionReading): SpecError =>
  new SpecError([
    {
      path: 'fusion',
      message: `${needs} one attention over the tokens of all modalities, got fusion "${spec.fusion.type}", which has none. Give a model with fusion bitransformer, or take integrated gradients, for which any fusion will do.`,
    },
  ]);

function modalityAttention(
  model: ExplainedModel,
  sample: PreparedSample,
  modality: string,
  attention: Float32Array,
): ModalityAttention {
  const prepared = sample.inputs[modality];
  const descriptions = prepared === undefined ? [] : (model.encoders.get(modality)?.describeTokens(prepared) ?? []);
  const tokens = descriptions.map((description, i) => ({ description, attention: attention[i] ?? 0 }));
  return { modality, tokens, total: attention.reduce((sum, share) => sum + share, 0) };
}

async function readAll(tensors: Readonly<Record<string, Tensor>>): Promise<Record<string, Float32Array>> {
  const values: Record<string, Float32Array> = {};
  for (const [name, tensor] of Object.entries(tensors)) values[name] = await readAndFree(tensor);
  return values;
}

async function readAndFree(tensor: Tensor): Promise<Float32Array> {
  const values = (await tensor.data()) as Float32Array;
  tensor.dispose();
  return values;
}
