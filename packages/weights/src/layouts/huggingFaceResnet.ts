import { convolutionAxes, type Layout, type LayoutEntry } from '../layout.js';

/** A convolution with its BatchNorm. */
const convolution = (conv: string, norm: string, theirs: string): LayoutEntry[] => [
  { ours: `${conv}.weight`, theirs: `${theirs}.convolution.weight`, axes: convolutionAxes },
  { ours: `${norm}.weight`, theirs: `${theirs}.normalization.weight` },
  { ours: `${norm}.bias`, theirs: `${theirs}.normalization.bias` },
  { ours: `${norm}.runningMean`, theirs: `${theirs}.normalization.running_mean` },
  { ours: `${norm}.runningVariance`, theirs: `${theirs}.normalization.running_var` },
];

/** Stages count from 0 there and from 1 here. */
const stage = (s: number): LayoutEntry[] => {
  const ours = `layer${s + 1}.{block}`;
  const theirs = `encoder.stages.${s}.layers.{block}`;
  return [
    ...[0, 1, 2].flatMap((i) => convolution(`${ours}.conv${i + 1}`, `${ours}.bn${i + 1}`, `${theirs}.layer.${i}`)),
    ...convolution(`${ours}.downsample.0`, `${ours}.downsample.1`, `${theirs}.shortcut`),
  ];
};

/**
 * A ResNet as Hugging Face's transformers stores it: `ResNetModel` bare, or below `resnet.` as with a classifier.
 * @param ours - path of the parameters here: `modalities.image.encoder`; empty for the root
 * @param prefix - what stands before their names, its dot included
 */
export const huggingFaceResnet = (ours: string, prefix = 'resnet.'): Layout => ({
  name: 'Hugging Face ResNet',
  entries: [...convolution('conv1', 'bn1', 'embedder.embedder'), ...[0, 1, 2, 3].flatMap(stage)].map((entry) => ({
    ...entry,
    ours: ours === '' ? entry.ours : `${ours}.${entry.ours}`,
    theirs: `${prefix}${String(entry.theirs)}`,
  })),
  ignores: ['classifier.*', '*num_batches_tracked'],
});
