import type { PluginTemplate } from './template.js';

/** A row of numbers, a token each. */
export const encoderTemplate: PluginTemplate = {
  imports: [
    { from: '@tensorflow/tfjs-core', names: ['tensor2d', 'tensor3d'], types: ['Tensor2D', 'Tensor3D'] },
    { from: '@tessera/core', names: ['DataError', 'defineEncoder', 'definePlugin'] },
    { from: 'zod', names: ['z'] },
  ],
  code: `// Shapes: B batch, N readings of a row.
const part = defineEncoder⟨<number[], number[], { values: Tensor3D; mask: Tensor2D }>⟩()({
  name: 'NAME',
  summary: 'A row of readings, one token each.',
  config: z.strictObject({ readings: z.int().positive().default(3).describe('Numbers in a row.') }),
  create: ({ readings }) => ({
    tokenWidth: 1,
    maxTokens: readings,
    fixedLength: true,
    tokenSpace: 'encoder',
    numParts: 1,
    towerPaths: [],
    prepare: async (raw) => {
      if (Array.isArray(raw) && raw.length === readings && raw.every(Number.isFinite)) return raw;
      throw new DataError(\`NAME: a row must have \${readings} numbers, got \${JSON.stringify(raw)}.\`);
    },
    collate: (rows) => ({
      values: tensor3d(rows.map((row) => (row ?? new Array⟨<number>⟩(readings).fill(0)).map((value) => [value]))),
      mask: tensor2d(rows.map((row) => new Array⟨<number>⟩(readings).fill(row ? 1 : 0))), // 0: the row is absent
    }),
    encode: ({ values, mask }) => ({ tokens: values.clone(), mask: mask.clone() }), // [B, N, 1] and [B, N]
    describeTokens: (row) => row.map((_, i) => ({ kind: 'other', label: \`reading \${i + 1}\` })),
  }),
});
`,
  type: "Definition<'encoder', 'NAME', z.ZodObject<{ readings: z.ZodDefault<z.ZodInt> }>, Encoder<number[]>>",
  typeImports: ['Definition', 'Encoder', 'Plugin'],
  testCase: `{
      options: { readings: 3 },
      samples: [[1, 2, 3], [3, 2, 1], [0, 0.5, -1]],
      faults: [{ raw: [1, 2], names: '[1,2]' }],
    }`,
  spec: `modalities:
  row: { encoder: NAME, readings: 3 }`,
};
