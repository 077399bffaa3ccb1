// Integrated gradients (Sundararajan, Taly and Yan 2017, eq. 1) over the tokens that the encoders give the fusion.
// Shapes: K steps, N tokens of one block, E encoder width, C outputs.
import {
  concat,
  gather,
  grads,
  mean,
  mul,
  sum,
  tile,
  zeros,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import {
  disposeBatch,
  inferenceContext,
  ShapeError,
  type Model,
  type PreparedSample,
  type TokenBlock,
  type TokenDescription,
} from '@tessera/core';

/** What of a model integrated gradients need; every built model has it, whatever its types. */
export type GradientModel = Pick<
  Model,
  'heads' | 'encoders' | 'collate' | 'encode' | 'forwardBlocks' | 'runner' | 'key'
>;

/** The output that is explained. */
export interface ExplainedOutput {
  readonly head: string;
  /** Position among the head's outputs. */
  readonly output: number;
  /** K, points on the way from no token to the tokens; default 32. */
  readonly steps?: number;
}

/** What one modality's tokens add to a logit. */
export interface ModalityGradients {
  readonly modality: string;
  readonly tokens: readonly { readonly description: TokenDescription; readonly attribution: number }[];
  /** Sum over all of its tokens; of an absent modality what its learned token adds, if it has one. */
  readonly total: number;
}

/** What every token adds to one logit. */
export interface IntegratedGradients extends Required<ExplainedOutput> {
  /** The output's name. */
  readonly label: string;
  readonly modalities: readonly ModalityGradients[];
  /** The logit where every token is a row of zeros, masks as they are. */
  readonly baseline: number;
  /** The logit of the sample. */
  readonly logit: number;
  /** `logit` − `baseline` − all attributions: 0 but for the number of steps (completeness). */
  readonly gap: number;
}

/**
 * What each token of a sample adds to a logit, on the straight way from tokens of zeros to the sample's own.
 * @throws ShapeError when the model has no such output.
 */
export async function integratedGradients(
  model: GradientModel,
  sample: PreparedSample,
  { head, output, steps = 32 }: ExplainedOutput,
): Promise<IntegratedGradients> {
  const label = labelOf(model, head, output);
  const batch = model.collate([sample], { targets: false });
  try {
    const { outputs } = await model.runner.run({
      name: 'integrated gradients',
      key: `${model.key}integrated gradients/${head}/${output}/${steps}/`,
      inputs: batch,
      body: (given) => {
        const blocks = model.encode(given, inferenceContext());
        const logitsOf = (scaled: readonly TokenBlock[]): Tensor => {
          const logits = model.forwardBlocks(scaled, inferenceContext()).logits[head] as Tensor2D;
          return gather(logits, [output], 1); // [K, 1]
        };
        const ends = logitsOf(scaledBlocks(blocks, [0, 1]));
        return { outputs: { ends, attributions: attributionsOf(blocks, logitsOf, steps) }, info: {} };
      },
    });
    const [baseline = NaN, logit = NaN] = await readAndFree(outputs.ends);
    const rows = await Promise.all(outputs.attributions.map(readAndFree));
    const modalities = [...model.encoders.keys()].map((modality, i) =>
      modalityGradients(model, sample, modality, rows[i] ?? []),
    );
    const all = modalities.reduce((total, each) => total + each.total, 0);
    return { head, output, label, steps, modalities, baseline, logit, gap: logit - baseline - all };
  } finally {
    disposeBatch(batch);
  }
}

function labelOf({ heads }: GradientModel, name: string, output: number): string {
  const label = heads.get(name)?.head.labels[output];
  if (label !== undefined) return label;
  const known = [...heads].map(([each, { head }]) => `${each} (${head.labels.length} outputs)`).join(', ');
  throw new ShapeError(
    `integratedGradients: needs an output of the model, got head=${name}, output=${output}. Give one of ${known}, counted from 0.`,
  );
}

/** Each block's tokens times the mean of the gradient at the middles of K equal steps: [N] by block. */
function attributionsOf(
  blocks: readonly TokenBlock[],
  logitsOf: (scaled: readonly TokenBlock[]) => Tensor,
  steps: number,
): Tensor[] {
  const scaled = scaledBlocks(
    blocks,
    Array.from({ length: steps }, (_, k) => (k + 0.5) / steps),
  );
  // Samples of a batch don't see each other, so that the gradient of the sum is each step's own.
  const total = (...tokens: Tensor[]): Tensor =>
    sum(logitsOf(scaled.map((block, i) => ({ ...block, tokens: tokens[i] as Tensor3D }))));
  const gradients = grads(total)(scaled.map(({ tokens }) => tokens)); // [K, N, E] by block
  return blocks.map(({ tokens }, i) => {
    const gradient = gradients[i];
    if (!gradient) return zeros([tokens.shape[1]]); // the head does not read this block
    return sum(mul(tokens, mean(gradient, 0, true)), [0, 2]);
  });
}

/** Blocks of one sample → of one for each factor, its tokens times that. */
function scaledBlocks(blocks: readonly TokenBlock[], factors: readonly number[]): TokenBlock[] {
  const rows = <T extends Tensor>(tensor: T): T =>
    tile(tensor, [factors.length, ...tensor.shape.slice(1).map(() => 1)]);
  return blocks.map(({ tokens, mask, present, parts }) => ({
    tokens: concat(factors.map((factor) => mul<Tensor3D>(tokens, factor))),
    mask: rows(mask),
    ...(present && { present: rows(present) }),
    ...(parts && { parts: rows(parts) }),
  }));
}

function modalityGradients(
  model: GradientModel,
  sample: PreparedSample,
  modality: string,
  attributions: ArrayLike<number>,
): ModalityGradients {
  const prepared = sample.inputs[modality];
  const descriptions = prepared === undefined ? [] : (model.encoders.get(modality)?.describeTokens(prepared) ?? []);
  return {
    modality,
    tokens: descriptions.map((description, i) => ({ description, attribution: attributions[i] ?? 0 })),
    total: Array.from(attributions).reduce((total, value) => total + value, 0),
  };
}

async function readAndFree(tensor: Tensor): Promise<Float32Array> {
  const values = (await tensor.data()) as Float32Array;
  tensor.dispose();
  return values;
}
