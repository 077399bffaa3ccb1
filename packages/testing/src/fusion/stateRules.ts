// What a fusion gives beside the joint state. Shapes: B batch, S joined sequence, D hiddenSize, H heads.
import type { Tensor } from '@tensorflow/tfjs-core';
import { inferenceContext, type FusedState } from '@tessera/core';
import { readTensors, rowsOf, type TensorReading } from '../checks/tensorReading.js';
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
    rule: 'gives the views that it declares, zeros for an absent modality',
    check: async (subject) => {
      const { views: declared = [] } = subject.fusion;
      for (const { modality: missing } of subject.modalities) {
        const views = await viewsOf(subject, missing);
        expectEqual(
          Object.keys(views),
          declared.map(({ modality }) => modality),
          'modalities of the views',
        );
        for (const { modality, width } of declared) {
          const { features, present } = views[modality] as ReadView;
          const isHere = Number(modality !== missing);
          expectEqual(
            present,
            features.map(() => isHere),
            `present of ${modality} without ${missing}`,
          );
          expectEqual(
            features.map((row) => row.length),
            features.map(() => width),
            `widths of ${modality}`,
          );
          const isZero = features.flat().every((x) => x === 0);
          expectThat(isHere === 1 || isZero, `view of ${modality}: must be zeros where it is absent.`);
        }
      }
    },
  },
  {
    rule: 'returns no attentions unless asked',
    check: async (subject) => {
      const names = await readTensors(() => attentionsOf(fuseExample(subject, inferenceContext())));
      expectEqual(Object.keys(names), [], 'attentions nobody asked for');
    },
  },
  {
    rule: 'gives attention that sums to 1 over real tokens, if it gives any',
    check: async (subject) => {
      const asked = inferenceContext({ wantsAttentions: true });
      const { mask, ...attentions } = await readTensors(() => {
        const state = fuseExample(subject, asked, { padding: 1 });
        return { mask: state.mask, ...attentionsOf(state) } as Record<string, Tensor>;
      });
      for (const [layer, probabilities] of Object.entries(attentions)) {
        expectThat(mask !== undefined, 'attentions: need a mask of the joint sequence.');
        const [batch = 0, length = 0] = mask.shape;
        const [, heads = 0] = probabilities.shape;
        expectShape(probabilities.shape, [batch, heads, length, length], layer);
        const sums = sumsOverReal(probabilities, mask);
        const ones = new Array<number>(sums.length).fill(1);
        expectAgree(sums, ones, `${layer}, summed over real tokens`, 1e-5);
      }
    },
  },
];

interface ReadView {
  readonly features: readonly (readonly number[])[];
  readonly present: readonly number[];
}

/** The views of a state without one modality, by modality. */
async function viewsOf(subject: FusionSubject, absent: string): Promise<Record<string, ReadView>> {
  const names: string[] = [];
  const read = await readTensors((): Record<string, Tensor | undefined> => {
    const { views = [] } = fuseExample(subject, inferenceContext(), { absent: [absent] });
    names.push(...views.map(({ modality }) => modality));
    return Object.assign(
      {},
      ...views.map(({ features, present }, i) => ({ [`${i} features`]: features, [`${i} present`]: present })),
    ) as Record<string, Tensor>;
  });
  return Object.fromEntries(
    names.map((name, i) => [
      name,
      {
        features: rowsOf(read[`${i} features`] as TensorReading),
        present: [...(read[`${i} present`] as TensorReading).values],
      },
    ]),
  );
}

/** Probabilities [B, H, S, S] summed over the real tokens of a mask [B, S]: one sum for each sample, head and query. */
function sumsOverReal({ shape, values }: TensorReading, mask: TensorReading): number[] {
  const [, heads = 0, queries = 0, length = 0] = shape;
  const real = rowsOf(mask);
  return Array.from({ length: values.length / length }, (_, row) => {
    const sample = real[Math.floor(row / (heads * queries))] ?? [];
    return sample.reduce((total, isReal, key) => total + isReal * (values[row * length + key] ?? Number.NaN), 0);
  });
}

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
