// What depends on variables alone, and on none that the program updates, is computed once and kept until one of them
// changes: filters with a normalisation's factor in them, sums of embedding tables.
import { attributesOf, type NativeBinding } from '../nativeBackend.js';
import { liveProgram, ProgramIndex, type Program, type ProgramNode } from '../program.js';
import type { ResidentVariable } from '../residentVariables.js';

/** A program in two: `main` is fed `prepare`'s results after its own feeds. */
export interface HoistedProgram {
  readonly main: Program;
  readonly prepare?: Program;
  /** Variables that `prepare` reads. */
  readonly sources: readonly ResidentVariable[];
}

/** Operations whose result may share memory with their input: keeping it would make updates of a variable copy. */
const views = new Set(['Reshape', 'Identity', 'ExpandDims', 'Squeeze', 'ReadVariableOp', 'VarHandleOp', 'Const']);

/** Operations that depend on constants and unwritten variables alone, and those of them that compute something. */
function classify({ nodes }: Program, written: ReadonlySet<ResidentVariable>) {
  const stable = new Set<number>();
  const computed = new Set<number>();
  for (const node of nodes) {
    const fixed =
      node.type === 'VarHandleOp' ? !written.has(node.resident as ResidentVariable) : node.type !== 'Placeholder';
    if (!fixed || node.controls.length > 0 || node.after || !node.inputs.every((input) => stable.has(input))) continue;
    for (const { id } of node.outputs) {
      stable.add(id);
      if (!views.has(node.type) || node.inputs.some((input) => computed.has(input))) computed.add(id);
    }
  }
  return { stable, computed };
}

const isPrepared = (index: ProgramIndex, stable: ReadonlySet<number>, value: number): boolean =>
  index.program.results.includes(value) ||
  index.usersOf(value).some((user) => user.outputs.some(({ id }) => !stable.has(id)) || user.outputs.length === 0);

/** Cuts a program in two, if there is anything to prepare. */
export function hoist(
  program: Program,
  written: ReadonlySet<ResidentVariable>,
  binding: NativeBinding,
): HoistedProgram {
  const index = new ProgramIndex(program);
  const { stable, computed } = classify(program, written);
  const values = [...computed].filter((value) => isPrepared(index, stable, value));
  const prepare = liveProgram({ nodes: program.nodes, feeds: [], results: values, updates: [] });
  const sources = prepare.nodes.flatMap(({ resident }) => resident ?? []);
  if (sources.length === 0) return { main: program, sources };
  const placeholders = values.map((value) => placeholder(index, binding, value));
  const replaced = new Set(values);
  const kept = program.nodes.filter(({ outputs }) => !outputs.some(({ id }) => replaced.has(id)));
  const main = liveProgram({ ...program, nodes: [...placeholders, ...kept], feeds: [...program.feeds, ...values] });
  return { main, prepare, sources };
}

function placeholder(index: ProgramIndex, binding: NativeBinding, value: number): ProgramNode {
  const [shape, dtype] = [index.shapeOf(value), index.dtypeOf(value)];
  const attribute = attributesOf(binding);
  return {
    id: index.fresh(),
    type: 'Placeholder',
    attributes: [attribute.type('dtype', dtype), attribute.shape('shape', shape)],
    inputs: [],
    controls: [],
    outputs: [{ id: value, dtype, shape: [...shape] }],
  };
}
