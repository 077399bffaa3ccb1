// Before every test file.
import { enableProdMode } from '@tensorflow/tfjs-core';

// Without this TensorFlow.js' cpu backend prints a banner that advertises another package.
enableProdMode();

// Tests that name no backend must not depend on what the machine has.
process.env['TESSERA_BACKEND'] ??= 'wasm';
