import type { PluginTemplate } from './template.js';

/** Lines of a text and its label. */
export const datasetTemplate: PluginTemplate = {
  imports: [
    { from: 'node:crypto', names: ['createHash'] },
    { from: 'node:fs', names: ['readFileSync'] },
    { from: 'node:path', names: ['resolve'] },
    {
      from: '@tessera/core',
      names: ['DataError', 'defineDataset', 'definePlugin'],
      types: ['DatasetRequest', 'Sample'],
    },
    { from: 'zod', names: ['z'] },
  ],
  code: `/** Reads lines of a text and a label, with a tab between. */
function readSamples(file⟨: string⟩, text⟨: string⟩, { modalities, heads }⟨: DatasetRequest⟩)⟨: Sample[]⟩ {
  const lines = text.split('\\n').filter((line) => line !== '');
  if (lines.length === 0) throw new DataError(\`\${file}: must have a line, got none.\`);
  return lines.map((line, i) => {
    const origin = \`\${file}, row \${i + 1}\`;
    const [value, label, ...rest] = line.split('\\t');
    if (label === undefined || rest.length > 0) {
      throw new DataError(\`\${origin}: must be a text, a tab and a label, got \${JSON.stringify(line)}.\`);
    }
    return {
      id: String(i),
      origin,
      inputs: Object.fromEntries(modalities.slice(0, 1).map(({ name }) => [name, value])),
      targets: Object.fromEntries(heads.slice(0, 1).map((name) => [name, label])),
    };
  });
}

function readText(file⟨: string⟩, path⟨: string⟩)⟨: string⟩ {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new DataError(\`\${file}: must be a file that can be read, got none there.\`, { cause: error });
  }
}

const part = defineDataset({
  name: 'NAME',
  summary: 'Lines of a text, a tab and a label.',
  config: z.strictObject({ train: z.string().describe('File of the training split.') }),
  create: ({ train }, _services, { request }) => {
    const text = readText(train, resolve(request.baseFolder, train));
    const samples = readSamples(train, text, request);
    const sample = (index⟨: number⟩)⟨: Sample⟩ => {
      const found = samples[index];
      if (found) return found;
      throw new DataError(\`\${train}: an index must be below \${samples.length}, got \${index}.\`);
    };
    return {
      fingerprint: createHash('sha256').update(text).digest('hex'),
      splits: { train: { name: 'train', origin: train, length: samples.length, sample } },
    };
  },
});
`,
  type: "Definition<'dataset', 'NAME', z.ZodObject<{ train: z.ZodString }>, Dataset | Promise<Dataset>>",
  typeImports: ['Dataset', 'Definition', 'Plugin'],
  testSetup: [
    { from: 'node:fs', names: ['mkdtempSync', 'writeFileSync'] },
    { from: 'node:os', names: ['tmpdir'] },
    { from: 'node:path', names: ['join'] },
  ],
  testCode: `const baseFolder = mkdtempSync(join(tmpdir(), 'NAME-'));
writeFileSync(join(baseFolder, 'train.tsv'), 'a fox\\tanimal\\na saw\\ttool\\n');
writeFileSync(join(baseFolder, 'damaged.tsv'), 'a fox\\tanimal\\na saw\\n');
`,
  testCase: `{
      options: { train: 'train.tsv' },
      request: { baseFolder, modalities: [{ name: 'text', input: 'value' }], heads: ['label'] },
      faults: [
        { options: { train: 'none.tsv' }, names: 'none.tsv' },
        { options: { train: 'damaged.tsv' }, names: 'damaged.tsv, row 2' },
      ],
    }`,
  spec: 'data: { type: NAME, train: train.tsv }',
};
