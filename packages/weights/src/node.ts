export { SafetensorsFile, writeSafetensors, type NamedValues } from './safetensorsFile.js';
