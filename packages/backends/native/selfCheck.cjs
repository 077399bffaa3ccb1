// Run in a process of its own right after compiling, as `node selfCheck.cjs FILE_OF_TFJS_CORE`: one step of gradient descent
// whose result is known. A library that does not load or computes nonsense ends this process, not the installer.
'use strict';
const tf = require(process.argv[2]);
const binding = require('./load.cjs')(tf);

async function main() {
  await tf.setBackend('tensorflow');
  const weights = tf.variable(tf.tensor2d([[1], [2]]));
  const inputs = tf.tensor2d([
    [1, 0],
    [1, 1],
  ]);
  // Half the squared error against 0: the residuals are [1, 3], so the gradient is [4, 3].
  const residuals = tf.matMul(inputs, weights);
  const gradient = tf.matMul(inputs, residuals, true);
  weights.assign(tf.sub(weights, tf.mul(0.1, gradient)));
  const [first, second] = await weights.data();
  const good = Math.abs(first - 0.6) < 1e-5 && Math.abs(second - 1.7) < 1e-5;
  process.stdout.write(JSON.stringify({ good, values: [first, second], gpu: binding.isUsingGpuDevice() }));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
