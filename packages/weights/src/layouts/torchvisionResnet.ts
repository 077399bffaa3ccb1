import { convolutionAxes, type Layout, type LayoutEntry } from '../layout.js';

/** Foreign names of a ResNet's six parts, in the order of the forward pass. */
type PartNames = readonly [conv1: string, bn1: string, ...layers: [string, string, string, string]];

const torchvisionNames: PartNames = ['conv1', 'bn1', 'layer1', 'layer2', 'layer3', 'layer4'];

/** Positions of the same modules in `nn.Sequential(*list(resnet.children())[:-2])`; 2 and 3 are ReLU and pooling. */
const sequentialNames: PartNames = ['0', '1', '4', '5', '6', '7'];

const filter = (ours: string, theirs: string): LayoutEntry => ({
  ours: `${ours}.weight`,
  theirs: `${theirs}.weight`,
  axes: convolutionAxes,
});

const norm = (ours: string, theirs: string): LayoutEntry[] => [
  { ours: `${ours}.weight`, theirs: `${theirs}.weight` },
  { ours: `${ours}.bias`, theirs: `${theirs}.bias` },
  { ours: `${ours}.runningMean`, theirs: `${theirs}.running_mean` },
  { ours: `${ours}.runningVariance`, theirs: `${theirs}.running_var` },
];

/** One layer of residual blocks, basic or bottleneck. */
const layer = (ours: string, theirs: string): LayoutEntry[] => [
  filter(`${ours}.{block}.conv{i}`, `${theirs}.{block}.conv{i}`),
  ...norm(`${ours}.{block}.bn{i}`, `${theirs}.{block}.bn{i}`),
  filter(`${ours}.{block}.downsample.0`, `${theirs}.{block}.downsample.0`),
  ...norm(`${ours}.{block}.downsample.1`, `${theirs}.{block}.downsample.1`),
];

function resnetEntries(path: string, prefix: string, names: PartNames): LayoutEntry[] {
  const [conv1, bn1, ...layers] = names;
  const ours = (name: string): string => (path === '' ? name : `${path}.${name}`);
  return [
    filter(ours('conv1'), `${prefix}${conv1}`),
    ...norm(ours('bn1'), `${prefix}${bn1}`),
    ...layers.flatMap((theirs, i) => layer(ours(`layer${i + 1}`), `${prefix}${theirs}`)),
  ];
}

/**
 * A ResNet as torchvision and timm store it, without the classifier `fc` and the counters `num_batches_tracked`.
 * @param ours - path of the parameters here: `modalities.image.encoder`; empty for the root
 * @param prefix - what stands before their names, its dot included
 */
export const torchvisionResnet = (ours: string, prefix = ''): Layout => ({
  name: 'torchvision ResNet',
  entries: resnetEntries(ours, prefix, torchvisionNames),
  ignores: [`${prefix}fc.*`, '*num_batches_tracked'],
});

/**
 * The image encoder of facebookresearch/mmbt: torchvision's ResNet-152 cut before its pooling, its modules numbered.
 * @param ours - path of the parameters here: `modalities.image.encoder`
 */
export const mmbtOriginalResnet = (ours: string): Layout => ({
  name: 'facebookresearch/mmbt image encoder',
  entries: resnetEntries(ours, 'enc.img_encoder.model.', sequentialNames),
});
