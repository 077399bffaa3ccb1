import type { PluginTemplate } from './template.js';

/** The sum of each modality's mean token, projected. */
export const fusionTemplate: PluginTemplate = {
  imports: [
    {
      from: '@tensorflow/tfjs-core',
      names: ['addN', 'div', 'expandDims', 'maximum', 'mul', 'sum', 'tidy'],
      types: ['Tensor2D'],
    },
    {
      from: '@tessera/core',
      names: ['defineFusion', 'definePlugin', 'ShapeError', 'torchLinear'],
      types: ['TokenBlock'],
    },
    { from: '@tessera/layers', names: ['Linear'] },
    { from: 'zod', names: ['z'] },
  ],
  code: `// Shapes: B batch, N tokens of one block, E encoder width, D hiddenSize.
/** The mean of the real tokens [B, E]; zeros where there are none. */
const meanToken = ({ tokens, mask }⟨: TokenBlock⟩)⟨: Tensor2D⟩ =>
  div(sum(mul(tokens, expandDims(mask, 2)), 1), maximum(sum(mask, 1, true), 1));

const part = defineFusion({
  name: 'NAME',
  summary: 'The sum of mean tokens, projected to one width.',
  config: z.strictObject({ hiddenSize: z.int().positive().default(64).describe('Width of the joint state.') }),
  create: ({ hiddenSize }, _services, { parameters, modalities }) => {
    const projections = modalities.map(({ modality, tokenWidth }) =>
      new Linear(parameters.scope(modality), tokenWidth, hiddenSize, { initializer: torchLinear(tokenWidth) }),
    );
    return {
      pooledWidth: hiddenSize,
      fuse: (blocks) => {
        if (blocks.length !== projections.length) {
          throw new ShapeError(\`NAME: must get \${projections.length} blocks, got \${blocks.length}.\`);
        }
        const project = (layer⟨: Linear⟩, i⟨: number⟩)⟨: Tensor2D⟩ => {
          const { tokens, mask } = blocks[i]⟨ as TokenBlock⟩;
          return mul(layer.apply(meanToken({ tokens, mask })), maskOf(mask)); // [B, D]
        };
        return { pooled: tidy(() => addN(projections.map(project))) };
      },
    };
  },
});

/** 1 where a modality is there, 0 where it is absent [B, 1]. */
const maskOf = (mask⟨: Tensor2D⟩)⟨: Tensor2D⟩ => div(sum(mask, 1, true), maximum(sum(mask, 1, true), 1));
`,
  type: "Definition<'fusion', 'NAME', z.ZodObject<{ hiddenSize: z.ZodDefault<z.ZodInt> }>, Fusion>",
  typeImports: ['Definition', 'Fusion', 'Plugin'],
  testCase: '{ options: { hiddenSize: 4 } }',
  spec: 'fusion: { type: NAME, hiddenSize: 64 }',
};
