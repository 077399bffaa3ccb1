import type { NativeBinding, TensorMetadata } from './nativeBackend.js';
import { buildFunction, type Program } from './program.js';
import type { ResidentVariable } from './residentVariables.js';

/** Tensors computed from variables, kept until one of these is written. */
export class PreparedValues {
  private ids: number[] | undefined;
  private readonly unwatch: readonly (() => void)[];

  constructor(
    private readonly binding: NativeBinding,
    private readonly name: string,
    private readonly program: Program,
    sources: readonly ResidentVariable[],
  ) {
    buildFunction(binding, name, program);
    this.unwatch = sources.map((source) => source.watch(() => this.drop()));
  }

  /** Ids of TensorFlow's tensors, in the order of the program's results. */
  async get(): Promise<readonly number[]> {
    if (this.ids) return this.ids;
    const made = await this.binding.functionCall(this.name, [], this.program.results.length + 1);
    this.binding.deleteTensor((made.pop() as TensorMetadata).id);
    this.ids = made.map(({ id }) => id);
    return this.ids;
  }

  private drop(): void {
    for (const id of this.ids ?? []) this.binding.deleteTensor(id);
    this.ids = undefined;
  }

  dispose(): void {
    this.drop();
    for (const stop of this.unwatch) stop();
    this.binding.functionRemove(this.name);
  }
}
