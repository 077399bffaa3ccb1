// A captured function as a list of operations, in an order in which each comes after what it needs. Rewritten by the
// passes beside it, then built as a TensorFlow graph.
import { attributesOf, type GraphValue, type NativeBinding, type OpAttribute } from './nativeBackend.js';
import type { ResidentVariable } from './residentVariables.js';

/** One operation. Values and controls are named by numbers that are unique in a program. */
export interface ProgramNode {
  readonly id: number;
  readonly type: string;
  readonly attributes: readonly OpAttribute[];
  readonly inputs: readonly number[];
  /** Operations whose effect it needs. */
  readonly controls: readonly number[];
  /** Operations that come first where they run at all, such as readers of what this one overwrites. */
  readonly after?: readonly number[];
  readonly outputs: readonly GraphValue[];
  /** Of a `Const`: its values. */
  readonly constant?: ArrayBufferView;
  /** Of a `VarHandleOp`: whose handle it is. */
  readonly resident?: ResidentVariable;
}

/** A function of fed values, with results and updates of variables. */
export interface Program {
  readonly nodes: readonly ProgramNode[];
  /** Values of `Placeholder` nodes, in the order they are fed. */
  readonly feeds: readonly number[];
  readonly results: readonly number[];
  /** Operations that update variables. */
  readonly updates: readonly number[];
}

/** Looks up who makes and who uses values. */
export class ProgramIndex {
  private readonly makers = new Map<number, ProgramNode>();
  private readonly values = new Map<number, GraphValue>();
  private readonly users = new Map<number, ProgramNode[]>();
  private next: number;

  constructor(readonly program: Program) {
    let greatest = 0;
    for (const node of program.nodes) {
      for (const value of node.outputs) {
        this.makers.set(value.id, node);
        this.values.set(value.id, value);
        greatest = Math.max(greatest, value.id);
      }
      for (const input of new Set(node.inputs)) {
        const users = this.users.get(input);
        if (users) users.push(node);
        else this.users.set(input, [node]);
      }
      greatest = Math.max(greatest, node.id);
    }
    this.next = greatest + 1;
  }

  makerOf(value: number): ProgramNode | undefined {
    return this.makers.get(value);
  }

  usersOf(value: number): readonly ProgramNode[] {
    return this.users.get(value) ?? [];
  }

  shapeOf(value: number): readonly number[] {
    return this.values.get(value)?.shape ?? [];
  }

  dtypeOf(value: number): number {
    return this.values.get(value)?.dtype ?? 0;
  }

  /** A number that nothing in the program has. */
  fresh(): number {
    return this.next++;
  }
}

/** The program without operations that no result and no update needs. */
export function liveProgram(program: Program): Program {
  const index = new ProgramIndex(program);
  const byId = new Map(program.nodes.map((node) => [node.id, node]));
  const live = new Set<ProgramNode>();
  const waiting = [
    ...[...program.results, ...program.feeds].map((value) => index.makerOf(value)),
    ...program.updates.map((id) => byId.get(id)),
  ];
  while (waiting.length > 0) {
    const node = waiting.pop();
    if (!node || live.has(node)) continue;
    live.add(node);
    waiting.push(...node.inputs.map((value) => index.makerOf(value)), ...node.controls.map((id) => byId.get(id)));
  }
  const alive = new Set([...live].map(({ id }) => id));
  const nodes = program.nodes.filter((node) => live.has(node));
  return {
    ...program,
    nodes: nodes.map((node) => (node.after ? { ...node, after: node.after.filter((id) => alive.has(id)) } : node)),
  };
}

/** Builds the program as a TensorFlow function of this name; its last result is ready when all updates are done. */
export function buildFunction(binding: NativeBinding, name: string, program: Program): void {
  const graph = binding.graphNew();
  const values = new Map<number, number>();
  const operations = new Map<number, number>();
  const valueOf = (id: number): number => values.get(id) as number;
  for (const { id, type, attributes, inputs, controls, after = [], outputs, constant } of program.nodes) {
    const [first] = outputs;
    const before = [...new Set([...controls, ...after])].map((other) => operations.get(other) as number);
    const made =
      constant && first
        ? binding.graphAddConstant(graph, first.shape ?? [], first.dtype, constant)
        : binding.graphAddOperation(graph, type, attributes, inputs.map(valueOf), before);
    operations.set(id, made.operation);
    outputs.forEach((output, i) => values.set(output.id, (made.outputs[i] as GraphValue).id));
  }
  const zero = binding.graphAddConstant(graph, [], binding.TF_INT32, Int32Array.of(0));
  const type = attributesOf(binding).type('T', binding.TF_INT32);
  const updates = program.updates.map((id) => operations.get(id) as number);
  const done = binding.graphAddOperation(graph, 'Identity', [type], [(zero.outputs[0] as GraphValue).id], updates);
  binding.functionAdd(graph, name, program.feeds.map(valueOf), [
    ...program.results.map(valueOf),
    (done.outputs[0] as GraphValue).id,
  ]);
}
