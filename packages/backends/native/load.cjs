// Copied into every installation of native TensorFlow: loads the binding and the kernels of @tensorflow/tfjs-node-gpu beside
// it, unchanged, onto the TensorFlow.js core that is handed in. The packages of that name in node_modules here are shims
// that give out this core.
'use strict';
const util = require('node:util');

/** Returns the binding; the backend "tensorflow" is registered with `core` from then on. */
module.exports = function load(core) {
  globalThis[Symbol.for('tessera.native.core')] ??= core;
  // @tensorflow/tfjs-node-gpu 4.22 calls these, which Node 22 warns of and Node 23 removed.
  util.isNullOrUndefined = (value) => value === undefined || value === null;
  util.isArray = Array.isArray;
  const binding = require('./lib/tfjs_binding.node');
  const { NodeJSKernelBackend } = require('@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js');
  require('@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js');
  core.registerBackend('tensorflow', () => new NodeJSKernelBackend(binding, '@tensorflow/tfjs-node-gpu'), 3);
  return binding;
};
