// Where the [CLS] token's attention fell. Shapes: B batch (1 here), H heads, S joined sequence, N tokens of one block.
import {
  mean,
  reshape,
  slice,
  stack,
  type Rank,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import {
  disposeBatch,
  inferenceContext,
  SpecError,
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
  /** Share of the [CLS] token's attention, mean over heads and the layers asked for; all tokens together give at most 1. */
  readonly attention: number;
}

/** The attention that one modality's tokens got. */
export interface ModalityAttention {
  readonly modality: string;
  readonly tokens: readonly TokenAttention[];
  /** Sum over the modality's tokens. */
  readonly total: number;
}

/** Where attention fell for one sample, and what was predicted. */
export interface ClsAttention {
  readonly modalities: readonly ModalityAttention[];
  /** Share that fell on [CLS], [SEP] and padding. */
  readonly special: number;
  /** Logits by head. */
  readonly logits: Readonly<Record<string, Float32Array>>;
}

/**
 * The attention of [CLS] (position 0 of the joint sequence) over every token, mean over the heads.
 * @param layers - `last` (the layer the prediction is read from) or `all` (mean over layers)
 * @throws SpecError under a fusion without attention.
 */
export async function clsAttention(
  model: ExplainedModel,
  sample: PreparedSample,
  layers: 'last' | 'all' = 'last',
): Promise<ClsAttention> {
  const { spans, logits, attention } = await forward(model, sample, layers);
  if (!attention) {
    throw new SpecError([
      {
        path: 'fusion',
        message: `a sample is explained by the attention of its model, got fusion "${model.spec.fusion.type}", which has none. Give a model with fusion bitransformer.`,
      },
    ]);
  }
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

async function forward(model: ExplainedModel, sample: PreparedSample, layers: 'last' | 'all'): Promise<AttentionPass> {
  const batch = model.collate([{ ...sample, targets: {} }]);
  try {
    const { outputs, info } = await model.runner.run({
      name: 'explanation',
      key: `${model.key}attention/${layers}/`,
      inputs: batch,
      body: (given) => {
        const { state, logits } = model.forward(given, inferenceContext({ wantsAttentions: true }));
        const { attentions = [], spans = [] } = state;
        const attention = attentions.length > 0 && spans.length > 0 ? [attentionOfCls(attentions, layers)] : [];
        return { outputs: { logits, attention }, info: { spans } };
      },
    });
    const [attention] = outputs.attention;
    return { logits: await readAll(outputs.logits), attention: attention && (await readAndFree(attention)), ...info };
  } finally {
    disposeBatch(batch);
  }
}

/** Attention of each layer [1, H, S, S] → what position 0 gave to each [S], mean over the heads. */
function attentionOfCls(attentions: readonly Tensor4D[], layers: 'last' | 'all'): Tensor1D {
  const used = layers === 'last' ? attentions.slice(-1) : attentions;
  const fromCls = used.map((attention) => slice(attention, [0, 0, 0, 0], [1, -1, 1, -1])); // [1, H, 1, S]
  return reshape<Rank.R1>(mean(stack(fromCls), [0, 2]), [fromCls[0]?.shape[3] ?? 0]);
}

function modalityAttention(
  model: ExplainedModel,
  sample: PreparedSample,
  modality: string,
  attention: Float32Array,
): ModalityAttention {
  const prepared = sample.inputs[modality];
  const descriptions = prepared === undefined ? [] : (model.encoders.get(modality)?.describeTokens(prepared) ?? []);
  const tokens = descriptions.map((description, i) => ({ description, attention: attention[i] ?? 0 }));
  return { modality, tokens, total: tokens.reduce((sum, token) => sum + token.attention, 0) };
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
