// Which tensors of a recorded step share memory: those that are never needed at the same time. Greedy by size (Pisarchyk and
// Lee 2020, arXiv 2001.03288): the largest tensor first, each in the first buffer that is free while it lives.

/** From when to when a tensor is needed, both inclusive. */
export interface Lifetime {
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
}

/** Buffers and which tensor lies in which. */
export interface SharedPlan {
  /** Bytes of each buffer, from large to small. */
  readonly buffers: readonly number[];
  /** For each tensor the number of its buffer. */
  readonly places: readonly number[];
}

/** Gives each tensor a buffer; tensors whose lifetimes meet never share one. */
export function shareBuffers(tensors: readonly Lifetime[]): SharedPlan {
  const buffers: { readonly bytes: number; readonly taken: Lifetime[] }[] = [];
  const places = new Array<number>(tensors.length).fill(0);
  const bySize = tensors.map((tensor, i) => ({ tensor, i })).sort((a, b) => b.tensor.bytes - a.tensor.bytes);
  for (const { tensor, i } of bySize) {
    let place = buffers.findIndex(({ taken }) => taken.every(({ from, to }) => to < tensor.from || from > tensor.to));
    if (place < 0) place = buffers.push({ bytes: tensor.bytes, taken: [] }) - 1;
    buffers[place]?.taken.push(tensor);
    places[i] = place;
  }
  return { buffers: buffers.map(({ bytes }) => bytes), places };
}
