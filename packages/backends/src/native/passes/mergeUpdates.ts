// Small models have hundreds of variables, and TensorFlow takes longer to start an operation than to update a vector:
// updates of one kind become one operation, and so do the sums of squares that a gradient norm is made of.
import { attributesOf, type NativeBinding, type OpAttribute } from '../nativeBackend.js';
import { ProgramIndex, type Program, type ProgramNode } from '../program.js';

/** How an operation lists what it is about: attributes with one number each, and how many lists its inputs begin with. */
interface Merging {
  readonly lists: number;
  readonly numbers: readonly string[];
}

const merging: Readonly<Record<string, Merging>> = {
  TesseraApplyAdamW: { lists: 4, numbers: ['weight_decay'] },
  TesseraApplyBlend: { lists: 2, numbers: ['kept', 'share'] },
};

/** Larger gradients go as soon as they were used, rather than stay until the last one is there. */
const LARGEST = 2 ** 18; // values

const isOf = (merge: Merging, { name }: OpAttribute): boolean => name === 'count' || merge.numbers.includes(name);

/** What updates must have in common to become one: kind, attributes, and the inputs after the lists. */
function keyOf(node: ProgramNode, merge: Merging): string {
  const shared = node.attributes.filter((attribute) => !isOf(merge, attribute));
  return JSON.stringify([node.type, shared, node.inputs.slice(merge.lists)]);
}

function joined(nodes: readonly ProgramNode[], merge: Merging, binding: NativeBinding): ProgramNode {
  const last = nodes.at(-1) as ProgramNode;
  const numbers = (name: string): unknown[] =>
    nodes.flatMap(({ attributes }) => attributes.find((attribute) => attribute.name === name)?.value as unknown[]);
  const inputs = Array.from({ length: merge.lists }, (_, list) => nodes.map((node) => node.inputs[list] as number));
  return {
    ...last,
    attributes: [
      attributesOf(binding).int('count', nodes.length),
      ...last.attributes
        .filter(({ name }) => name !== 'count')
        .map((attribute) =>
          merge.numbers.includes(attribute.name) ? { ...attribute, value: numbers(attribute.name) } : attribute,
        ),
    ],
    inputs: [...inputs.flat(), ...last.inputs.slice(merge.lists)],
    controls: [...new Set(nodes.flatMap(({ controls }) => controls))],
    after: [...new Set(nodes.flatMap(({ after = [] }) => after))],
  };
}

/** The program with updates of small variables merged where nothing in it needs their effect. */
export function mergeUpdates(program: Program, binding: NativeBinding): Program {
  const index = new ProgramIndex(program);
  const needed = new Set(program.nodes.flatMap(({ controls, after = [] }) => [...controls, ...after]));
  const groups = new Map<string, ProgramNode[]>();
  for (const node of program.nodes) {
    const merge = merging[node.type];
    if (!merge || needed.has(node.id)) continue;
    const values = index.shapeOf(node.inputs[merge.lists - 1] as number).reduce((size, length) => size * length, 1);
    if (values > LARGEST) continue;
    const key = keyOf(node, merge);
    groups.set(key, [...(groups.get(key) ?? []), node]);
  }
  const merged = new Map<number, ProgramNode | undefined>(); // by the last one's number; the others go
  for (const nodes of groups.values()) {
    for (const { id } of nodes) merged.set(id, undefined);
    const last = nodes.at(-1) as ProgramNode;
    merged.set(last.id, joined(nodes, merging[last.type] as Merging, binding));
  }
  const kept = ({ id }: { readonly id: number }): boolean => !merged.has(id) || merged.get(id) !== undefined;
  return {
    ...program,
    nodes: program.nodes.filter(kept).map((node) => merged.get(node.id) ?? node),
    updates: program.updates.filter((id) => kept({ id })),
  };
}

/** The program with each sum of sums of squares as one operation. */
export function mergeSumsOfSquares(program: Program, binding: NativeBinding): Program {
  const index = new ProgramIndex(program);
  const nodes = program.nodes.map((node) => {
    const makers = node.type === 'AddN' ? node.inputs.map((input) => index.makerOf(input)) : [];
    const summed = makers.flatMap((maker) => (maker?.type === 'TesseraSumOfSquares' ? [maker] : []));
    if (summed.length === 0 || summed.length < node.inputs.length) return node;
    const inputs = summed.flatMap((maker) => maker.inputs);
    const attributes = [attributesOf(binding).int('count', inputs.length)];
    return { ...node, type: 'TesseraSumOfSquares', attributes, inputs, outputs: node.outputs };
  });
  return { ...program, nodes };
}
