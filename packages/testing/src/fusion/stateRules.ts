// What a fusion gives beside the joint state. Shapes: B batch, S joined sequence, D hiddenSize, H heads.
import type { Tensor } from '@tensorflow/tfjs-core';
import { inferenceContext, type FusedState } from '@tessera/core';
import { readTensors, rowsOf } from '../checks/tensorReading.js';
import type { Contract } from '../contract.js';
import { expectAgree, expectEqual, expectShape, expectThat } from '../expectations.js';
import { exampleBlocks, fuseExample, type FusionSubject } from './fusionSubject.js';

/** Rules of tokens, mask, spans and attentions, for fusions that give them. */
export const stateRules: Contract<FusionSubject> = [
  {
    rule: 'gives states [B, S, D] and a mask [B, S], both or neither',
    check: async (subject) => {
      const { tokens, mask } = await readTensors(() => {
        const state = fuseExample(subject, inferenceContext());
        return { tokens: state.tokens, mask: state.mask };
      });
      expectEqual(tokens === undefined, mask === undefined, 'whether tokens are missing, and the mask');
      if (tokens && mask) expectShape(mask.shape, tokens.shape.slice(0, 2), 'mask');
    },
  },
  {
    rule: 'says where each modality stands in the sequence',
    check: async (subject) => {
      const { spans, joined, blocks } = await joinedMasks(subject);
      if (!spans) return;
      const names = subject.modalities.map(({ modality }) => modality);
      expectEqual(
        spans.map(({ modality }) => modality),
        names,
        'modalities of the spans',
      );
      spans.forEach(({ start, length, modality }, i) => {
        const rows = joined.map((row) => row.slice(start, start + length));
        expectEqual(rows, blocks[i], `mask of the joint sequence where ${modality} stands`);
      });
    },
  },
  {
    rule: 'returns attentions when asked, and only then',
    check: async (subject) => {
      const names = await readTensors(() => attentionsOf(fuseExample(subject, inferenceContext())));
      expectEqual(Object.keys(names), [], 'attentions nobody asked for');
    },
  },
  {
    rule: 'gives attention that sums to 1 over real tokens',
    check: async (subject) => {
      const asked = inferenceContext({ wantsAttentions: true });
      const { mask, ...attentions } = await readTensors((): Record<string, Tensor | undefined> => {
        const state = fuseExample(subject, asked, { padding: 1 });
        return { mask: state.mask, ...attentionsOf(state) };
      });
      for (const [layer, { shape, values }] of Object.entries(attentions as Record<string, NonNullable<typeof mask>>)) {
        expectThat(mask !== undefined, 'attentions: need a mask of the joint sequence.');
        const [batch = 0, heads = 0, queries = 0, length = 0] = shape;
        expectShape(shape, [...mask.shape.slice(0, 1), heads, ...mask.shape.slice(1), ...mask.shape.slice(1)], layer);
        const sums = Array.from({ length: batch * heads * queries }, (_, row) => {
          const real = mask.values.slice(Math.floor(row / (heads * queries)) * length).slice(0, length);
          return values.slice(row * length, (row + 1) * length).reduce((sum, p, i) => sum + p * (real[i] ?? 0), 0);
        });
        expectAgree(
          sums,
          sums.map(() => 1),
          `${layer}, summed over real tokens`,
          1e-5,
        );
      }
    },
  },
];

const attentionsOf = ({ attentions = [] }: FusedState): Record<string, Tensor> =>
  Object.fromEntries(attentions.map((tensor, layer) => [`attentions of layer ${layer}`, tensor]));

/** The joint mask and those of the blocks, row by row, and the spans. */
async function joinedMasks(subject: FusionSubject): Promise<{
  readonly spans: FusedState['spans'];
  readonly joined: readonly (readonly number[])[];
  readonly blocks: readonly (readonly (readonly number[])[])[];
}> {
  let spans: FusedState['spans'];
  const masks = await readTensors((): Record<string, Tensor | undefined> => {
    const blocks = exampleBlocks(subject.modalities);
    const state = subject.fusion.fuse(blocks, inferenceContext());
    spans = state.spans;
    return { joined: state.mask, ...Object.fromEntries(blocks.map(({ mask }, i) => [`block ${i}`, mask])) };
  });
  const { joined, ...blocks } = masks;
  return {
    spans,
    joined: joined ? rowsOf(joined) : [],
    blocks: Object.values(blocks).map((block) => (block ? rowsOf(block) : [])),
  };
}
