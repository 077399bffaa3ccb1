import { broadcast_util, reshape, sum, type GradConfig, type NamedAttrMap, type Tensor } from '@tensorflow/tfjs-core';

/** Gradients by kernel name. */
export type GradientTable = Readonly<Record<string, Omit<GradConfig, 'kernelName'>>>;

/** dL/dx of a kernel y = f(x) from dy and the tensors saved by the forward pass. */
export type UnaryGradient = (dy: Tensor, saved: Tensor, attributes: NamedAttrMap) => Tensor;

/** The gradient of an input that was broadcast: summed over the axes it was repeated along. */
export function unbroadcast(gradient: Tensor, shape: number[]): Tensor {
  const axes = broadcast_util.getReductionAxes(shape, gradient.shape);
  return reshape(axes.length > 0 ? sum(gradient, axes) : gradient, shape);
}

/** The tensor saved at a place, which the forward pass must have kept. */
export function savedAt(saved: readonly Tensor[], index: number): Tensor {
  const tensor = saved[index];
  if (!tensor) throw new Error(`gradients: the forward pass kept no tensor ${index}.`);
  return tensor;
}

/** An attribute of a kernel, read as the type its documentation gives. */
export const attribute = <T>(attributes: NamedAttrMap, name: string): T => attributes[name] as unknown as T;
