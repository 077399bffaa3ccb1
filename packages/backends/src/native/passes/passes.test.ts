// What the passes make of small programs; that the numbers stay the same is tested with TensorFlow in test/native.
import { describe, expect, it } from 'vitest';
import type { NativeBinding } from '../nativeBackend.js';
import { liveProgram, ProgramIndex, type Program, type ProgramNode } from '../program.js';
import { ResidentVariable } from '../residentVariables.js';
import { dropReshapes } from './dropReshapes.js';
import { foldBatchNorm } from './foldBatchNorm.js';
import { hoist } from './hoist.js';
import { mergeSumsOfSquares, mergeUpdates } from './mergeUpdates.js';

const constants = { TF_FLOAT: 1, TF_INT32: 3, TF_ATTR_INT: 1, TF_ATTR_TYPE: 4, TF_ATTR_SHAPE: 5 };
const binding = { ...constants, executeOp: () => [{ id: 0, dtype: 20, shape: [] }] } as unknown as NativeBinding;

/** Operations are numbered from 0, and the value of operation n is n. */
class Builder {
  readonly nodes: ProgramNode[] = [];

  add(type: string, shape: number[], inputs: number[] = [], more: Partial<ProgramNode> = {}): number {
    const id = this.nodes.length;
    this.nodes.push({ id, type, attributes: [], inputs, controls: [], outputs: [{ id, dtype: 1, shape }], ...more });
    return id;
  }

  variable(shape: number[]): { value: number; resident: ResidentVariable } {
    const resident = new ResidentVariable(binding, shape, binding.TF_FLOAT, 0);
    const handle = this.add('VarHandleOp', [], [], { resident });
    return { value: this.add('ReadVariableOp', shape, [handle]), resident };
  }

  program(results: number[], feeds: number[] = [], updates: number[] = []): Program {
    return { nodes: this.nodes, results, feeds, updates };
  }
}

const types = ({ nodes }: Program): string[] => nodes.map(({ type }) => type);

/** Convolution, then normalisation of its rows, as a model's forward pass has them. */
function convolutionAndNorm({ residual = false, relu = false } = {}): {
  build: Builder;
  x: number;
  result: number;
  rows: number;
} {
  const build = new Builder();
  const x = build.add('Placeholder', [2, 4, 4, 3]);
  const other = residual ? [build.add('Placeholder', [32, 5])] : [];
  const [filter, scale, offset] = [[1, 1, 3, 5], [5], [5]].map((shape) => build.variable(shape).value) as [
    number,
    number,
    number,
  ];
  const convolved = build.add('Conv2D', [2, 4, 4, 5], [x, filter]);
  const rows = build.add('Reshape', [32, 5], [convolved, build.add('Const', [2])]);
  const attributes = [{ name: 'relu', type: 0, value: relu }];
  const affine = build.add('TesseraAffine', [32, 5], [rows, scale, offset, ...other], { attributes });
  const result = build.add('Reshape', [2, 4, 4, 5], [affine, build.add('Const', [4])]);
  return { build, x, result, rows };
}

const folded = (program: Program): string[] =>
  types(liveProgram(dropReshapes(foldBatchNorm(program, binding)))).filter(
    (type) => !['Placeholder', 'Const', 'VarHandleOp', 'ReadVariableOp'].includes(type),
  );

describe('liveProgram', () => {
  it('keeps what results and updates need, and orders only among what is left', () => {
    const build = new Builder();
    const x = build.add('Placeholder', [1]);
    const unused = build.add('Square', [1], [x]);
    const written = build.add('AssignVariableOp', [], [x], { outputs: [], after: [unused, x] });
    const live = liveProgram(build.program([x], [x], [written]));
    expect(live.nodes.map(({ id }) => id)).toEqual([x, written]);
    expect(live.nodes[1]?.after).toEqual([x]);
  });
});

describe('foldBatchNorm', () => {
  it('moves the factor into the filter and leaves what TensorFlow fuses into the convolution', () => {
    const plain = convolutionAndNorm();
    expect(folded(plain.build.program([plain.result], [plain.x]))).toEqual(['Mul', 'Conv2D', 'BiasAdd']);
    const full = convolutionAndNorm({ residual: true, relu: true });
    const kept = folded(full.build.program([full.result], [full.x]));
    expect(kept.filter((type) => type !== 'Reshape')).toEqual(['Mul', 'Conv2D', 'BiasAdd', 'AddV2', 'Relu']);
  });

  it('leaves a convolution alone whose own result is needed, as for its gradient', () => {
    const { build, x, result, rows } = convolutionAndNorm();
    expect(folded(build.program([result, rows], [x]))).toContain('TesseraAffine');
    const second = convolutionAndNorm();
    const gradient = second.build.add('TesseraBatchNormGrad', [32, 5], [second.rows]);
    expect(folded(second.build.program([second.result, gradient], [second.x]))).toContain('TesseraAffine');
  });
});

describe('dropReshapes', () => {
  it('takes away a reshape that comes back, and shortens chains', () => {
    const build = new Builder();
    const x = build.add('Placeholder', [2, 3]);
    const flat = build.add('Reshape', [6], [x, build.add('Const', [1])]);
    const column = build.add('Reshape', [6, 1], [flat, build.add('Const', [2])]);
    const back = build.add('Reshape', [2, 3], [column, build.add('Const', [2])]);
    const result = build.add('Relu', [2, 3], [back]);
    const live = liveProgram(dropReshapes(build.program([result, column], [x])));
    expect(live.nodes.find(({ type }) => type === 'Relu')?.inputs).toEqual([x]);
    expect(live.nodes.find(({ id }) => id === column)?.inputs[0]).toBe(x);
    expect(types(live).filter((type) => type === 'Reshape')).toHaveLength(1);
  });
});

describe('hoist', () => {
  /** x · (a + b), a and b variables. */
  const sumOfVariables = () => {
    const build = new Builder();
    const x = build.add('Placeholder', [2]);
    const [a, b] = [build.variable([2]), build.variable([2])];
    const sum = build.add('AddV2', [2], [a.value, b.value]);
    const product = build.add('Mul', [2], [x, sum]);
    return { program: build.program([product], [x]), a, b, sum, x };
  };

  it('computes what depends on variables alone beforehand, and feeds it after the other feeds', () => {
    const { program, a, b, sum, x } = sumOfVariables();
    const { main, prepare, sources } = hoist(program, new Set(), binding);
    expect(main.feeds).toEqual([x, sum]);
    expect(types(main).sort()).toEqual(['Mul', 'Placeholder', 'Placeholder']);
    expect(prepare?.results).toEqual([sum]);
    expect(sources).toEqual([a.resident, b.resident]);
    const makers = new ProgramIndex(main);
    expect(makers.makerOf(sum)?.type).toBe('Placeholder');
  });

  it('leaves what depends on a variable that the program writes', () => {
    const { program, a } = sumOfVariables();
    expect(hoist(program, new Set([a.resident]), binding).prepare).toBeUndefined();
  });

  it('keeps no view of a variable, which would make its updates copy it', () => {
    const build = new Builder();
    const x = build.add('Placeholder', [2]);
    const table = build.add('Reshape', [2], [build.variable([1, 2]).value, build.add('Const', [1])]);
    const program = build.program([build.add('Mul', [2], [x, table])], [x]);
    expect(hoist(program, new Set(), binding).prepare).toBeUndefined();
  });
});

describe('mergeUpdates', () => {
  const attributes = (decay: number) => [
    { name: 'count', type: 1, value: 1 },
    { name: 'beta1', type: 2, value: 0.9 },
    { name: 'weight_decay', type: 2, value: [decay] },
  ];

  /** An update of a variable by AdamW, with its handles and gradient. */
  function adamW(build: Builder, shape: number[], scalars: readonly number[], decay: number) {
    const handles = ['p', 'm', 'v'].map(() => build.add('VarHandleOp', []));
    const gradient = build.add('Mul', shape);
    const after = [build.add('ReadVariableOp', shape, handles.slice(0, 1))];
    const inputs = [...handles, gradient, ...scalars];
    const id = build.add('TesseraApplyAdamW', [], inputs, { outputs: [], after, attributes: attributes(decay) });
    return { id, handles, gradient, after };
  }

  const scalarsOf = (build: Builder) => [1, 2, 3, 4].map(() => build.add('Placeholder', []));
  const adamWs = ({ nodes }: Program) => nodes.filter(({ type }) => type === 'TesseraApplyAdamW');

  it('makes one operation of updates that share their scalars, with lists in one order', () => {
    const build = new Builder();
    const scalars = scalarsOf(build);
    const [a, b] = [adamW(build, [3], scalars, 0), adamW(build, [4, 5], scalars, 0.01)];
    const merged = mergeUpdates(build.program([], [], [a.id, b.id]), binding);
    const [update, ...others] = adamWs(merged);
    expect(others).toEqual([]);
    const lists = [0, 1, 2].flatMap((list) => [a.handles[list], b.handles[list]]);
    expect(update?.inputs).toEqual([...lists, a.gradient, b.gradient, ...scalars]);
    expect(update?.after).toEqual([...a.after, ...b.after]);
    const values = Object.fromEntries(update?.attributes.map(({ name, value }) => [name, value]) ?? []);
    expect(values).toEqual({ count: 2, beta1: 0.9, weight_decay: [0, 0.01] });
    expect(merged.updates).toEqual([update?.id]);
  });

  it('leaves apart what has other scalars, is large, or is needed by another operation', () => {
    const build = new Builder();
    const scalars = scalarsOf(build);
    const ids = [
      adamW(build, [3], scalars, 0).id,
      adamW(build, [3], scalarsOf(build), 0).id,
      adamW(build, [1024, 1024], scalars, 0).id,
      adamW(build, [3], scalars, 0).id,
    ];
    build.add('ReadVariableOp', [3], [], { controls: ids.slice(-1) });
    const merged = mergeUpdates(build.program([], [], ids), binding);
    expect(adamWs(merged).map(({ id }) => id)).toEqual(ids);
    expect(merged.updates).toEqual(ids);
  });

  it('sums the squares of all gradients in one operation, unless something else is added', () => {
    const build = new Builder();
    const xs = [1, 2, 3].map((size) => build.add('Placeholder', [size]));
    const squares = xs.map((x) => build.add('TesseraSumOfSquares', [], [x]));
    const norm = build.add('AddN', [], squares);
    const mixed = build.add('AddN', [], [...squares.slice(1), build.add('Placeholder', [])]);
    const merged = mergeSumsOfSquares(build.program([norm, mixed]), binding);
    const maker = new ProgramIndex(merged).makerOf(norm);
    expect(maker).toMatchObject({ type: 'TesseraSumOfSquares', inputs: xs, attributes: [{ name: 'count', value: 3 }] });
    expect(new ProgramIndex(merged).makerOf(mixed)?.type).toBe('AddN');
  });
});
