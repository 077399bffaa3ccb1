// In Node `@tensorflow/tfjs-core` has no gradient registered: they come with the union package `@tensorflow/tfjs`, whose
// other 200 MB (layers, converter, WebGL, data) nothing here needs. These are the gradients of the kernels a model is
// made of; where the union package is loaded as well, the ones it registered stay.
import { getGradient, registerGradient, type GradConfig } from '@tensorflow/tfjs-core';
import type { GradientTable } from './gradientTable.js';
import { binaryGradients } from './binaryGradients.js';
import { imageGradients } from './imageGradients.js';
import { reductionGradients } from './reductionGradients.js';
import { shapeGradients } from './shapeGradients.js';
import { unaryGradients } from './unaryGradients.js';

const tables: readonly GradientTable[] = [
  unaryGradients,
  binaryGradients,
  reductionGradients,
  shapeGradients,
  imageGradients,
];

/** TensorFlow.js declares it without the undefined it returns for unknown names. */
const registered = (kernelName: string): GradConfig | undefined => getGradient(kernelName);

/** Registers the gradients of TensorFlow.js' own kernels that nobody registered yet; safe to call again. */
export function registerGradients(): void {
  for (const table of tables) {
    for (const [kernelName, gradient] of Object.entries(table)) {
      if (!registered(kernelName)) registerGradient({ kernelName, ...gradient });
    }
  }
}

registerGradients();
