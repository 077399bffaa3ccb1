import { tensor, variable, zeros, type Variable } from '@tensorflow/tfjs-core';
import { CheckpointError, type Parameter, type ParameterSource } from '@tessera/core';

/** An optimizer's tensors for one parameter, by slot. */
export type Slots = Readonly<Record<string, Variable>>;

/** Slots and counts of updates by parameter path. Owns the slots. */
export class OptimizerState {
  /** How many updates each parameter has had. */
  readonly counts = new Map<string, number>();
  private readonly slots = new Map<string, Slots>();

  /** @param names - of the slots each parameter has */
  constructor(private readonly names: readonly string[]) {}

  /** A parameter's slots; zero at first. */
  slotsOf({ path, shape }: Parameter): Slots {
    let slots = this.slots.get(path);
    if (!slots) {
      slots = Object.fromEntries(this.names.map((name) => [name, zeroVariable(shape)]));
      this.slots.set(path, slots);
    }
    return slots;
  }

  /** Counts one update of each. */
  advance(paths: Iterable<string>): void {
    for (const path of paths) this.counts.set(path, (this.counts.get(path) ?? 0) + 1);
  }

  /** The slots of parameters that were updated, with names `<slot>/<path>`, for a checkpoint. */
  get tensors(): { readonly name: string; readonly value: Variable }[] {
    return [...this.slots]
      .filter(([path]) => this.counts.has(path))
      .flatMap(([path, slots]) => Object.entries(slots).map(([slot, value]) => ({ name: `${slot}/${path}`, value })));
  }

  /** Takes one parameter's state from a checkpoint. Throws CheckpointError when it lacks a slot. */
  restore(parameter: Parameter, count: number, source: ParameterSource): void {
    const { path, shape } = parameter;
    this.counts.set(path, count);
    for (const [slot, value] of Object.entries(this.slotsOf(parameter))) {
      const saved = source.read(`${slot}/${path}`);
      if (!saved)
        throw new CheckpointError(
          `${source.description}: it lacks the optimizer's ${slot} of ${path}. The checkpoint is incomplete.`,
        );
      const restored = tensor(saved.values, [...shape], 'float32');
      value.assign(restored);
      restored.dispose();
    }
  }

  /** Frees the slots. Safe to call twice. */
  dispose(): void {
    for (const slots of this.slots.values()) for (const value of Object.values(slots)) value.dispose();
    this.slots.clear();
  }
}

/** A variable of zeros that no gradient is taken of. */
export function zeroVariable(shape: readonly number[]): Variable {
  const initial = zeros([...shape]);
  const value = variable(initial, false) as Variable;
  initial.dispose();
  return value;
}
