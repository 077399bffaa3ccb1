/** Sizes of a BERT, as Hugging Face's config names them. */
export interface BertSizes {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly intermediate_size: number;
  readonly max_position_embeddings: number;
  readonly type_vocab_size: number;
  readonly layer_norm_eps: number;
  readonly hidden_act?: string;
}

/** What layers' Bert and the bitransformer have in common. */
interface TransformerSizes {
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly numHeads: number;
  readonly intermediateSize: number;
  readonly maxPositions: number;
  readonly numSegments: number;
  readonly layerNormEpsilon: number;
  readonly dropoutRate: number;
  readonly attentionDropoutRate: number;
}

/** The sizes in Tessera's words, without dropout. Throws for an activation other than the erf form of GELU. */
export function transformerSizes(sizes: BertSizes): TransformerSizes {
  const { hidden_act: activation = 'gelu' } = sizes;
  if (activation !== 'gelu') throw new Error(`not understood: activation "${activation}".`);
  return {
    hiddenSize: sizes.hidden_size,
    numLayers: sizes.num_hidden_layers,
    numHeads: sizes.num_attention_heads,
    intermediateSize: sizes.intermediate_size,
    maxPositions: sizes.max_position_embeddings,
    numSegments: sizes.type_vocab_size,
    layerNormEpsilon: sizes.layer_norm_eps,
    dropoutRate: 0,
    attentionDropoutRate: 0,
  };
}
