import type { PluginTemplate } from './template.js';

/** A smooth error of numbers that grows linearly. */
export const lossTemplate: PluginTemplate = {
  imports: [
    {
      from: '@tensorflow/tfjs-core',
      names: ['add', 'div', 'mean', 'mul', 'ones', 'sqrt', 'square', 'sub', 'tidy'],
      types: ['Tensor1D'],
    },
    { from: '@tessera/core', names: ['defineLoss', 'definePlugin', 'ShapeError'] },
    { from: 'zod', names: ['z'] },
  ],
  code: `// Shapes: B batch, C outputs.
const part = defineLoss({
  name: 'NAME',
  summary: 'Pseudo-Huber error: squared near the target, linear far away.',
  config: z.strictObject({ scale: z.number().positive().default(1).describe('Where it turns linear.') }),
  create: ({ scale }) => ({
    targetKind: 'real',
    terms: (logits, targets) => {
      if (logits.shape[1] !== targets.shape[1]) {
        throw new ShapeError(\`NAME: must get \${targets.shape[1] ?? 0} values for each sample, got \${logits.shape[1]}.\`);
      }
      return {
        perSample: tidy(() => {
          const ratio = square(div(sub(logits, targets), scale)); // [B, C]
          return mean(mul(sub(sqrt(add(ratio, 1)), 1), scale * scale), 1)⟨ as Tensor1D⟩; // [B]
        }),
        weight: ones([logits.shape[0]]),
      };
    },
  }),
});
`,
  type: "Definition<'loss', 'NAME', z.ZodObject<{ scale: z.ZodDefault<z.ZodNumber> }>, Loss>",
  typeImports: ['Definition', 'Loss', 'Plugin'],
  testCase: '{ options: { scale: 0.5 } }',
  spec: `heads:
  size: { type: regression, loss: { type: NAME, scale: 1 } }`,
};
