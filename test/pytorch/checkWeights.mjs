// node test/pytorch/checkWeights.mjs PYTHON [--minilm FOLDER]: what PyTorch makes of Tessera's weights and the other way
// round. PYTHON has torch, torchvision, transformers and safetensors.
//   export  a tiny MMBT and a tiny ConcatBERT are trained; BertModel, torchvision's ResNet-18 and facebookresearch/mmbt's
//           layout get their exported weights and must give the same states and logits
//   minilm  sentence embeddings of MiniLM in the folder, here and by transformers
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

register('../launcher/typescriptHooks.mjs', import.meta.url);
const { main } = await import('@tessera/cli');
const { inferenceContext } = await import('@tessera/core');
const { writeSafetensors } = await import('@tessera/weights/node');
const { createWorkbench } = await import('tessera');
const { default: sharp } = await import('sharp');
const tf = await import('@tensorflow/tfjs-core');

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { minilm: { type: 'string' } },
});
const [python] = positionals;
if (python === undefined) {
  console.error('checkWeights: PYTHON must name an interpreter with torch, torchvision, transformers and safetensors.');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'tessera-pytorch-'));
const at = (...names) => join(folder, ...names);
const workbench = await createWorkbench({ backend: 'wasm' });

try {
  await writeData();
  await exportRun('mmbt', {
    text: { encoder: 'wordpiece', maxTokens: 8 },
    fusion: { type: 'bitransformer', hiddenSize: 32, numLayers: 2, numHeads: 4, maxPositions: 16 },
    layouts: { bert: 'fusion', resnet: 'modalities.image.encoder', mmbt: 'fusion' },
  });
  await exportRun('concat', {
    text: { encoder: 'bert', hiddenSize: 32, numLayers: 2, numHeads: 4, maxPositions: 16, maxTokens: 10 },
    fusion: { type: 'concat' },
    layouts: { bert: 'modalities.text.encoder', 'resnet-hf': 'modalities.image.encoder' },
  });
  compare('export', folder);
  if (options.minilm !== undefined) {
    await embedSentences(resolve(options.minilm));
    compare('minilm', folder, resolve(options.minilm));
  }
} finally {
  workbench.dispose();
  rmSync(folder, { recursive: true, force: true });
}

async function writeData() {
  mkdirSync(at('pictures'));
  const rows = [];
  for (let i = 0; i < 8; i++) {
    const noise = Uint8Array.from({ length: 3 * 64 * 64 }, (_, k) => (k * (i + 3) * 2654435761) >>> 24);
    await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } }).toFile(at('pictures', `${i}.png`));
    const text = `${i % 2 ? 'a grey' : 'the red'} ${['cat', 'dog', 'saw'][i % 3]}`;
    rows.push(JSON.stringify({ image: `pictures/${i}.png`, text, label: i % 2 ? 'a' : 'b' }));
  }
  writeFileSync(at('rows.jsonl'), `${rows.join('\n')}\n`);
}

/** Trains a model for an epoch, exports its parts, and writes what goes in and comes out. */
async function exportRun(name, { text, fusion, layouts }) {
  const image = { encoder: 'resnet18', input: { size: 64 }, pool: { kind: 'average', grid: [2, 2] } };
  const spec = {
    name,
    modalities: { image, text },
    fusion,
    heads: { label: { type: 'single-label' } },
    data: { type: 'jsonl', train: 'rows.jsonl', validation: 'rows.jsonl' },
    training: { epochs: 1, batchSize: 4, optimizer: { type: 'adamw', learningRate: 0.001 } },
  };
  writeFileSync(at(`${name}.json`), JSON.stringify(spec));
  await tessera('train', at(`${name}.json`), '--to', at(name), '--backend', 'wasm');
  for (const [layout, part] of Object.entries(layouts)) {
    await tessera('weights', 'export', at(name), '--to', at(`${name}-${layout}`), '--layout', layout, '--part', part);
  }
  const model = await workbench.load(at(name));
  const inputs = [0, 1, 2].map((i) => ({
    image: at('pictures', `${i}.png`),
    text: ['a cat', 'the red dog saw', 'grey'][i],
  }));
  const batch = model.collate(await Promise.all(inputs.map((input) => model.prepare({ inputs: input }))));
  const context = inferenceContext();
  const { state, logits } = model.forward(batch, context);
  const tokens = model.encoders.get('image').encode(batch.inputs.image, context).tokens;
  await save(`${name}.safetensors`, {
    images: batch.inputs.image.images,
    ids: batch.inputs.text.ids,
    mask: batch.inputs.text.mask,
    tokens,
    pooled: name === 'concat' ? model.encoders.get('text').encode(batch.inputs.text, context).tokens : state.pooled,
    logits: logits.label,
  });
  model.dispose();
}

/** The means of MiniLM's last states, normalised, as sentence-transformers makes them. */
async function embedSentences(minilm) {
  const model = await workbench.build({
    modalities: {
      text: {
        encoder: 'bert',
        output: 'tokens',
        vocab: join(minilm, 'vocab.txt'),
        hiddenSize: 384,
        numLayers: 6,
        maxTokens: 128,
      },
    },
    fusion: { type: 'concat' },
    heads: { label: { type: 'single-label', labels: ['a', 'b'] } },
    initialize: { 'modalities.text.encoder': minilm },
  });
  const sentences = [
    'This is an example sentence',
    'Each sentence is converted',
    'A café in Zürich serves the best pho I have ever eaten; unbelievably, it costs 3.50!',
    '北京 is the capital of China',
    'x',
  ];
  const prepared = await Promise.all(sentences.map((text) => model.prepare({ inputs: { text } })));
  const batch = model.collate(prepared);
  const { tokens, mask } = model.encoders.get('text').encode(batch.inputs.text, inferenceContext());
  const sums = tf.sum(tf.mul(tokens, tf.expandDims(mask, 2)), 1);
  await save('minilm.safetensors', { embeddings: tf.div(sums, tf.norm(sums, 2, 1, true)) });
  writeFileSync(at('sentences.json'), JSON.stringify(sentences));
  model.dispose();
}

async function save(name, tensors) {
  const entries = await Promise.all(
    Object.entries(tensors).map(async ([key, tensor]) => ({
      key,
      shape: tensor.shape,
      values: Float32Array.from(await tensor.data()),
    })),
  );
  await writeSafetensors(
    at(name),
    entries.map(({ key, shape, values }) => ({ name: key, shape, values: () => values })),
  );
}

async function tessera(...args) {
  const code = await main(args);
  if (code !== 0) throw new Error(`tessera ${args.join(' ')} ended with ${code}.`);
}

function compare(...args) {
  const { status, error } = spawnSync(python, [join(import.meta.dirname, 'checkWeights.py'), ...args], {
    stdio: 'inherit',
  });
  if (error) throw error;
  if (status !== 0) process.exitCode = 1;
}
