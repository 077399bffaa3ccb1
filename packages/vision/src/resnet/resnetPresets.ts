/** Depth and kind of block of a ResNet. */
export interface ResnetPreset {
  /** `basic`: two 3×3 convolutions. `bottleneck`: 1×1, 3×3, 1×1 with four times the width at its end. */
  readonly block: 'basic' | 'bottleneck';
  /** Residual blocks in each of the four layers. */
  readonly numBlocks: readonly [number, number, number, number];
}

/** The networks of He et al., "Deep Residual Learning for Image Recognition" (arXiv 1512.03385), table 1. */
export const resnetPresets = {
  resnet18: { block: 'basic', numBlocks: [2, 2, 2, 2] },
  resnet34: { block: 'basic', numBlocks: [3, 4, 6, 3] },
  resnet50: { block: 'bottleneck', numBlocks: [3, 4, 6, 3] },
  resnet101: { block: 'bottleneck', numBlocks: [3, 4, 23, 3] },
  resnet152: { block: 'bottleneck', numBlocks: [3, 8, 36, 3] },
} as const satisfies Readonly<Record<string, ResnetPreset>>;

/** Name of a ResNet. */
export type ResnetName = keyof typeof resnetPresets;
