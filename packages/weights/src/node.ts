/**
 * Reading and writing safetensors files.
 *
 * @module @tessera/weights/node
 */
export { SafetensorsFile, writeSafetensors, type NamedValues } from './safetensorsFile.js';
