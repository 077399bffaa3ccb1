// Before every test file: without this TensorFlow.js' cpu backend prints a banner that advertises another package.
import { enableProdMode } from '@tensorflow/tfjs-core';

enableProdMode();
