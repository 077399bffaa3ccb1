import type { Tensor } from '@tensorflow/tfjs-core';

/** A tensor's shape for an error message, such as `[2, 3]`. */
export const shapeText = ({ shape }: Tensor): string => `[${shape.join(', ')}]`;
