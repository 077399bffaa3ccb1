// Inference only: a convolution whose result nobody sees but the normalisation after it takes the normalisation's factor
// into its filter, and bias, residual sum and ReLU become operations that TensorFlow fuses into the convolution.
import type { NativeBinding } from '../nativeBackend.js';
import { ProgramIndex, type Program, type ProgramNode } from '../program.js';
import { NodeMaker, resultOf } from './nodes.js';

interface Match {
  readonly affine: ProgramNode;
  readonly convolution: ProgramNode;
}

/** Convolution → Reshape → TesseraAffine, with no other use of what lies between. */
function matchOf(index: ProgramIndex, affine: ProgramNode): Match | undefined {
  if (affine.type !== 'TesseraAffine') return undefined;
  const rows = affine.inputs[0] ?? -1;
  const reshape = index.makerOf(rows);
  if (reshape?.type !== 'Reshape' || index.usersOf(rows).length !== 1) return undefined;
  const raw = reshape.inputs[0] ?? -1;
  const convolution = index.makerOf(raw);
  if (convolution?.type !== 'Conv2D' || index.usersOf(raw).length !== 1) return undefined;
  const kept = index.program.results;
  return kept.includes(rows) || kept.includes(raw) ? undefined : { affine, convolution };
}

function replacement(index: ProgramIndex, make: NodeMaker, { affine, convolution }: Match): ProgramNode[] {
  const [, scale = -1, offset = -1, residual] = affine.inputs;
  const [x = -1, filter = -1] = convolution.inputs;
  const shape = index.shapeOf(resultOf(convolution));
  const scaled = make.float('Mul', [filter, scale], index.shapeOf(filter));
  const convolved = make.float('Conv2D', [x, resultOf(scaled)], shape, { attributes: convolution.attributes });
  const nodes = [scaled, convolved, make.float('BiasAdd', [resultOf(convolved), offset], shape)];
  const last = () => resultOf(nodes.at(-1) as ProgramNode);
  if (residual !== undefined) {
    const image = make.reshape(residual, shape);
    const sum = make.float('AddV2', [last(), resultOf(image[1] as ProgramNode)], shape);
    nodes.push(...image, sum);
  }
  if (affine.attributes.some(({ name, value }) => name === 'relu' && value === true)) {
    nodes.push(make.float('Relu', [last()], shape));
  }
  nodes.push(...make.reshape(last(), index.shapeOf(resultOf(affine)), resultOf(affine)));
  return nodes;
}

/** The program with normalisations folded into the convolutions before them. */
export function foldBatchNorm(program: Program, binding: NativeBinding): Program {
  const index = new ProgramIndex(program);
  const make = new NodeMaker(binding, index);
  const nodes = program.nodes.flatMap((node) => {
    const match = matchOf(index, node);
    return match ? replacement(index, make, match) : [node];
  });
  return { ...program, nodes };
}
