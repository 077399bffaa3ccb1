import { linearAxes, type Layout, type LayoutEntry } from '../layout.js';

/** PyTorch's [Co, Ci, k] ↔ ours [k, Ci, Co]. */
const timeConvolutionAxes: readonly number[] = [2, 1, 0];

const both = (ours: string, theirs: string, axes?: readonly number[]): LayoutEntry[] => [
  { ours: `${ours}.weight`, theirs: `${theirs}.weight`, ...(axes && { axes }) },
  { ours: `${ours}.bias`, theirs: `${theirs}.bias` },
];

const layer = (ours: string, theirs: string): LayoutEntry[] => [
  ...both(`${ours}.attention.query`, `${theirs}.self_attn.q_proj`, linearAxes),
  { ours: `${ours}.attention.key.weight`, theirs: `${theirs}.self_attn.k_proj.weight`, axes: linearAxes },
  ...both(`${ours}.attention.value`, `${theirs}.self_attn.v_proj`, linearAxes),
  ...both(`${ours}.attention.output`, `${theirs}.self_attn.out_proj`, linearAxes),
  ...both(`${ours}.attention.norm`, `${theirs}.self_attn_layer_norm`),
  ...both(`${ours}.feedForward.intermediate`, `${theirs}.fc1`, linearAxes),
  ...both(`${ours}.feedForward.output`, `${theirs}.fc2`, linearAxes),
  ...both(`${ours}.feedForward.norm`, `${theirs}.final_layer_norm`),
];

/**
 * Whisper's encoder as Hugging Face's transformers stores it: bare, or below `encoder.` or `model.encoder.` as with a
 * decoder, of which nothing is taken.
 * @param ours - path of the parameters here: `modalities.speech.encoder`; empty for the root
 * @param prefix - what stands before their names, its dot included
 */
export const huggingFaceWhisper = (ours: string, prefix = 'model.encoder.'): Layout => ({
  name: 'Hugging Face Whisper',
  entries: [
    ...both('conv1', 'conv1', timeConvolutionAxes),
    ...both('conv2', 'conv2', timeConvolutionAxes),
    { ours: 'positions', theirs: 'embed_positions.weight' },
    ...layer('layers.{i}', 'layers.{i}'),
    ...both('norm', 'layer_norm'),
  ].map((entry) => ({
    ...entry,
    ours: ours === '' ? entry.ours : `${ours}.${entry.ours}`,
    theirs: `${prefix}${String(entry.theirs)}`,
  })),
  ignores: ['*decoder.*', 'proj_out.*', 'projector.*', 'classifier.*', 'layer_weights'],
});
