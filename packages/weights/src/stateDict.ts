import { CheckpointError } from '@tessera/core';
import type { PickleValue } from './pickle.js';
import { PytorchTensor } from './pytorchObjects.js';

/** Where training programs keep the parameters among the rest of a checkpoint. */
const parameterKeys = ['state_dict', 'model_state_dict', 'model'] as const;

/** How deep dictionaries may lie in each other, and how many tensors there may be. */
const mostLevels = 8;
const mostTensors = 1_000_000;

/** The tensors of a checkpoint by name; those of nested dictionaries get dotted names. Throws CheckpointError for none. */
export function stateDictOf(value: PickleValue, place: string): ReadonlyMap<string, PytorchTensor> {
  const tensors = new Map<string, PytorchTensor>();
  let seen = 0;
  const collect = (held: PickleValue | undefined, name: string, level: number): void => {
    if (++seen > mostTensors || level > mostLevels) {
      throw new CheckpointError(
        `${place}: dictionaries must be nested at most ${mostLevels} deep, with ${mostTensors} values at most, got more. Save the parameters alone.`,
      );
    }
    if (held instanceof PytorchTensor) tensors.set(name, held);
    if (!(held instanceof Map)) return;
    for (const [key, inner] of held as ReadonlyMap<PickleValue, PickleValue>) {
      if (typeof key !== 'string' && typeof key !== 'number') continue;
      collect(inner, name === '' ? String(key) : `${name}.${key}`, level + 1);
    }
  };
  collect(parametersOf(value), '', 0);
  if (tensors.size > 0) return tensors;
  throw new CheckpointError(
    `${place}: must hold named tensors, got none. Save a state dict: torch.save(model.state_dict(), "weights.pt").`,
  );
}

function parametersOf(value: PickleValue): PickleValue {
  if (!(value instanceof Map)) return value;
  const map = value as ReadonlyMap<PickleValue, PickleValue>;
  for (const key of parameterKeys) {
    const inner = map.get(key);
    const holds = inner instanceof Map && [...inner.values()].some((held) => held instanceof PytorchTensor);
    if (holds) return inner as PickleValue;
  }
  return value;
}
