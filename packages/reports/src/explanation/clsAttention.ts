// Where the [CLS] token's attention fell. Shapes: B batch (1 here), H heads, S joined sequence, N tokens of one block.
import { mean, reshape, slice, stack, tidy, type Tensor } from '@tensorflow/tfjs-core';
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
export type ExplainedModel = Pick<Model, 'spec' | 'encoders' | 'collate' | 'forward'>;

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
  const { spans, tensors } = forward(model, sample, layers);
  const { attention, ...logits } = await readAll(tensors);
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
  const named = Object.fromEntries(
    Object.entries(logits).map(([name, values]) => [name.slice('head.'.length), values]),
  );
  return { modalities, special: 1 - modalities.reduce((sum, { total }) => sum + total, 0), logits: named };
}

/** Logits, and the attention [S] with the modalities' places in it where the fusion has one. */
function forward(
  model: ExplainedModel,
  sample: PreparedSample,
  layers: 'last' | 'all',
): { spans: readonly TokenSpan[]; tensors: Record<string, Tensor> } {
  const batch = model.collate([{ ...sample, targets: {} }]);
  let spans: readonly TokenSpan[] = [];
  try {
    const tensors = tidy((): Record<string, Tensor> => {
      const { state, logits } = model.forward(batch, inferenceContext({ wantsAttentions: true }));
      if (!state.attentions?.length || !state.spans) return prefixLogits(logits);
      spans = state.spans;
      const used = layers === 'last' ? state.attentions.slice(-1) : state.attentions; // [1, H, S, S] each
      const fromCls = used.map((attention) => slice(attention, [0, 0, 0, 0], [1, -1, 1, -1])); // [1, H, 1, S]
      const length = fromCls[0]?.shape[3] ?? 0;
      return { attention: reshape(mean(stack(fromCls), [0, 2]), [length]), ...prefixLogits(logits) }; // [S]
    });
    return { spans, tensors };
  } finally {
    disposeBatch(batch);
  }
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

const prefixLogits = (logits: Readonly<Record<string, Tensor>>): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(logits).map(([name, tensor]) => [`head.${name}`, tensor]));

async function readAll(tensors: Readonly<Record<string, Tensor>>): Promise<Record<string, Float32Array>> {
  const values: Record<string, Float32Array> = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    values[name] = (await tensor.data()) as Float32Array;
    tensor.dispose();
  }
  return values;
}
