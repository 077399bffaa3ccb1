// Milliseconds of a training step on wasm, whole and by kernel: the image tower alone (ResNet-18 of width 16, batch 32,
// 32×32, without max-pool) and the emoji bitransformer (that tower, 4 image and 12 text tokens, 2 layers of 128).
// Build first: node tools/build.mjs && node packages/backends/bench/trainingStep.mjs [--profile] [--plain] [--steps=20]
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs-core');
const { openBackend } = require('@tessera/backends');
const ops = require('@tessera/layers');

const steps = Number(process.argv.find((arg) => arg.startsWith('--steps='))?.slice(8) ?? 20);
const profiles = process.argv.includes('--profile');
const [BATCH, WIDTH, HIDDEN, HEADS, LAYERS, INTERMEDIATE, TEXT, VOCAB, CLASSES] = [
  32, 16, 128, 4, 2, 512, 12, 2000, 10,
];

const variables = [];
const variable = (shape, deviation) => {
  const v = tf.variable(deviation === undefined ? tf.ones(shape) : tf.randomNormal(shape, 0, deviation));
  variables.push(v);
  return v;
};

const convUnit = (inputs, outputs, size, stride) => {
  const [filter, scale, offset] = [
    variable([size, size, inputs, outputs], Math.sqrt(2 / (size * size * inputs))),
    variable([outputs]),
    variable([outputs], 0.01),
  ];
  return (x, options) =>
    ops.batchNormTrain(ops.conv2d(x, filter, { stride, padding: size >> 1 }), scale, offset, 1e-5, options).y;
};

const block = (inputs, outputs, stride) => {
  const [first, second] = [convUnit(inputs, outputs, 3, stride), convUnit(outputs, outputs, 3, 1)];
  const shortcut = stride > 1 || inputs !== outputs ? convUnit(inputs, outputs, 1, stride) : undefined;
  return (x) => second(first(x, { activation: 'relu' }), { residual: shortcut ? shortcut(x) : x, activation: 'relu' });
};

const resnet = () => {
  const stem = convUnit(3, WIDTH, 3, 2);
  const blocks = [1, 2, 4, 8].flatMap((factor, stage) => {
    const inputs = stage === 0 ? WIDTH : (WIDTH * factor) / 2;
    return [block(inputs, WIDTH * factor, stage === 0 ? 1 : 2), block(WIDTH * factor, WIDTH * factor, 1)];
  });
  return (x) => blocks.reduce((y, next) => next(y), stem(x, { activation: 'relu' }));
};

const dense = (inputs, outputs) => {
  const [weight, bias] = [variable([inputs, outputs], 0.05), variable([outputs], 0.01)];
  return (x) => ops.linear(x, weight, bias);
};

const norm = () => {
  const [scale, offset] = [variable([HIDDEN]), variable([HIDDEN], 0.01)];
  return (x) => ops.layerNorm(x, scale, offset, 1e-12);
};

let draw = 0;
const seed = () => tf.tensor1d([7, draw++], 'int32');

const transformerLayer = () => {
  const [q, k, v, out] = [dense(HIDDEN, HIDDEN), dense(HIDDEN, HIDDEN), dense(HIDDEN, HIDDEN), dense(HIDDEN, HIDDEN)];
  const [up, down, firstNorm, secondNorm] = [dense(HIDDEN, INTERMEDIATE), dense(INTERMEDIATE, HIDDEN), norm(), norm()];
  return (x, padMask) => {
    const { context } = ops.attention(q(x), k(x), v(x), { numHeads: HEADS, padMask, dropoutRate: 0.1, seed: seed() });
    const attended = firstNorm(tf.add(ops.dropout(out(context), 0.1, seed()), x));
    return secondNorm(tf.add(ops.dropout(down(ops.gelu(up(attended))), 0.1, seed()), attended));
  };
};

const crossEntropy = (logits, labels) => tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits), labels), -1)));

function imageModel() {
  const tower = resnet();
  const head = dense(WIDTH * 8, CLASSES);
  return ({ image, labels }) =>
    crossEntropy(head(tf.reshape(ops.adaptivePool2d(tower(image), [1, 1], 'average'), [BATCH, WIDTH * 8])), labels);
}

function mmbtModel() {
  const tower = resnet();
  const [project, words, positions, embeddingNorm] = [
    dense(WIDTH * 8, HIDDEN),
    variable([VOCAB, HIDDEN], 0.02),
    variable([TEXT + 4, HIDDEN], 0.02),
    norm(),
  ];
  const layers = Array.from({ length: LAYERS }, transformerLayer);
  const [pooler, head] = [dense(HIDDEN, HIDDEN), dense(HIDDEN, CLASSES)];
  return ({ image, ids, padMask, labels }) => {
    const tokens = project(tf.reshape(ops.adaptivePool2d(tower(image), [2, 2], 'average'), [BATCH, 4, WIDTH * 8]));
    const joined = tf.add(tf.concat([tokens, ops.gather(words, ids)], 1), positions);
    const start = ops.dropout(embeddingNorm(joined), 0.1, seed());
    const states = layers.reduce((x, layer) => layer(x, padMask), start);
    const first = tf.reshape(tf.slice(states, [0, 0, 0], [BATCH, 1, HIDDEN]), [BATCH, HIDDEN]);
    return crossEntropy(head(tf.tanh(pooler(first))), labels);
  };
}

const batch = () => ({
  image: tf.randomNormal([BATCH, 32, 32, 3]),
  ids: tf.tensor2d(
    Array.from({ length: BATCH * TEXT }, (_, i) => (i * 37) % VOCAB),
    [BATCH, TEXT],
    'int32',
  ),
  padMask: tf.ones([BATCH, TEXT + 4], 'int32'),
  labels: tf.cast(
    tf.oneHot(
      tf.tensor1d(
        Array.from({ length: BATCH }, (_, i) => i % CLASSES),
        'int32',
      ),
      CLASSES,
    ),
    'float32',
  ),
});

function optimizerOf() {
  const state = variables.map((v) => ({ m: tf.variable(tf.zerosLike(v)), v: tf.variable(tf.zerosLike(v)) }));
  let t = 0;
  return (grads) => {
    t += 1;
    const [learningRate, biasCorrection1, biasCorrection2] = [
      tf.scalar(1e-4),
      tf.scalar(1 - 0.9 ** t),
      tf.scalar(1 - 0.999 ** t),
    ];
    const norm = tf.sqrt(tf.addN(variables.map((v) => ops.sumOfSquares(grads[v.name]))));
    const gradientScale = tf.minimum(tf.div(1, tf.add(norm, 1e-6)), 1);
    variables.forEach((v, i) => {
      const next = ops.adamWUpdate({
        parameter: v,
        m: state[i].m,
        v: state[i].v,
        gradient: grads[v.name],
        learningRate,
        biasCorrection1,
        biasCorrection2,
        gradientScale,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        weightDecay: 0.01,
      });
      v.assign(next.parameter);
      state[i].m.assign(next.m);
      state[i].v.assign(next.v);
    });
  };
}

async function measure(name, makeLoss) {
  variables.length = 0;
  const loss = makeLoss();
  const data = batch();
  const update = optimizerOf();
  const step = () =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => loss(data), variables);
      update(grads);
      return value.dataSync()[0];
    });
  const forward = () => tf.tidy(() => loss(data).dataSync()[0]);
  const times = (f) =>
    Array.from({ length: steps }, () => {
      const start = performance.now();
      f();
      return performance.now() - start;
    }).sort((a, b) => a - b);
  for (let i = 0; i < 5; i++) step();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const [whole, forwards] = [times(step), times(forward)];
  console.log(
    `${name}: step min ${whole[0].toFixed(1)} median ${whole[steps >> 1].toFixed(1)} ms; forward min ${forwards[0].toFixed(1)} ms`,
  );
  if (profiles) profile(step);
}

/** Wraps every kernel of the backend in a stopwatch; nested kernels count for themselves. */
function profile(step) {
  const spent = new Map();
  const originals = tf.getKernelsForBackend('wasm').map((kernel) => ({ ...kernel }));
  let inner = 0;
  for (const { kernelName, backendName, kernelFunc } of originals) {
    tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: (params) => {
        const outer = inner;
        inner = 0;
        const start = performance.now();
        const result = kernelFunc(params);
        const total = performance.now() - start;
        const entry = spent.get(kernelName) ?? { ms: 0, calls: 0 };
        entry.ms += total - inner;
        entry.calls += 1;
        spent.set(kernelName, entry);
        inner = outer + total;
        return result;
      },
    });
  }
  for (let i = 0; i < 3; i++) step();
  spent.clear();
  const start = performance.now();
  for (let i = 0; i < 10; i++) step();
  const total = (performance.now() - start) / 10;
  let sum = 0;
  for (const [name, { ms, calls }] of [...spent].sort((a, b) => b[1].ms - a[1].ms)) {
    sum += ms / 10;
    if (ms / 10 > 0.05)
      console.log(
        `  ${name.padEnd(28)} ${(ms / 10).toFixed(2).padStart(7)} ms ${String(calls / 10).padStart(5)} calls`,
      );
  }
  console.log(`  kernels ${sum.toFixed(1)} of ${total.toFixed(1)} ms; the rest is TensorFlow.js' engine`);
  for (const kernel of originals) {
    tf.unregisterKernel(kernel.kernelName, kernel.backendName);
    tf.registerKernel(kernel);
  }
}

if (process.argv.includes('--plain')) {
  require('@tensorflow/tfjs-backend-wasm'); // TensorFlow.js' own kernels, Tessera's operations as composites
  await tf.setBackend('wasm');
} else {
  console.log((await openBackend({ backend: 'wasm' })).reason);
}
await measure('ResNet', imageModel);
await measure('MMBT  ', mmbtModel);
