import type { PluginTemplate } from './template.js';

/** One of a few classes that the spec names. */
export const headTemplate: PluginTemplate = {
  imports: [
    { from: '@tensorflow/tfjs-core', names: ['tensor1d'] },
    { from: '@tessera/core', names: ['DataError', 'defineHead', 'definePlugin', 'torchLinear'] },
    { from: '@tessera/layers', names: ['Linear'] },
    { from: 'zod', names: ['z'] },
  ],
  code: `// Shapes: B batch, C classes, W width of the joint state.
const best = (logits⟨: Float32Array⟩)⟨: number⟩ => logits.indexOf(Math.max(...logits));

/** Probabilities, of differences so that nothing overflows. */
function softmax(logits⟨: Float32Array⟩)⟨: Float32Array⟩ {
  const powers = logits.map((x) => Math.exp(x - Math.max(...logits)));
  const total = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / total);
}

const part = defineHead⟨<string, { label: string; probability: number }>⟩()({
  name: 'NAME',
  summary: 'One of the classes that the spec names.',
  config: z.strictObject({ labels: z.array(z.string()).min(2).describe('Names of the classes.') }),
  create: ({ labels }, _services, { parameters, inputWidth }) => {
    const dense = new Linear(parameters, inputWidth, labels.length, { initializer: torchLinear(inputWidth) });
    const indexOf = (target⟨: string⟩)⟨: number⟩ => {
      const index = labels.indexOf(target);
      if (index >= 0) return index;
      throw new DataError(\`NAME: a label must be one of \${labels.join(', ')}, got \${JSON.stringify(target)}.\`);
    };
    return {
      targetKind: 'class-index',
      numOutputs: labels.length,
      labels,
      mainMetric: 'accuracy',
      defaultMetrics: ['accuracy'],
      logits: ({ pooled }) => dense.apply(pooled), // [B, W] → [B, C]
      checkTarget: (target) => void indexOf(target),
      encodeTarget: (target) => [indexOf(target)],
      encodePrediction: (logits) => [best(logits)],
      collateTargets: (targets) =>
        tensor1d(targets.map((target) => (target === undefined ? 0 : indexOf(target))), 'int32'),
      scores: softmax,
      decode: (logits) => ({ label: labels[best(logits)] ?? '', probability: Math.max(...softmax(logits)) }),
    };
  },
});
`,
  type: `Definition<
    'head',
    'NAME',
    z.ZodObject<{ labels: z.ZodArray<z.ZodString> }>,
    Head<string, { label: string; probability: number }>
  >`,
  typeImports: ['Definition', 'Head', 'Plugin'],
  testCase: `{
      options: { labels: ['cat', 'dog', 'owl'] },
      targets: ['dog', 'owl', 'cat'],
      targetOf: ({ label }) => label,
      faults: [{ raw: 'fish', names: 'fish' }],
    }`,
  spec: `heads:
  animal: { type: NAME, labels: [cat, dog, owl] }`,
};
