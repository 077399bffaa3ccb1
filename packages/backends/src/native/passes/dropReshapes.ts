import { ProgramIndex, type Program } from '../program.js';

/** A reshape of a reshape takes the first one's input; one that comes back to that shape goes. */
export function dropReshapes(program: Program): Program {
  const index = new ProgramIndex(program);
  const same = new Map<number, number>(); // value → what stands for it
  const standIn = (value: number): number => same.get(value) ?? value;
  const nodes = program.nodes.map((node) => {
    const inputs = node.inputs.map(standIn);
    if (node.type !== 'Reshape') return { ...node, inputs };
    let [from = -1] = inputs;
    for (let maker = index.makerOf(from); maker?.type === 'Reshape'; maker = index.makerOf(from)) {
      from = standIn(maker.inputs[0] ?? -1);
    }
    const [result] = node.outputs;
    if (result && String(result.shape) === String(index.shapeOf(from))) same.set(result.id, from);
    return { ...node, inputs: [from, ...inputs.slice(1)] };
  });
  return { ...program, nodes, results: program.results.map(standIn) };
}
