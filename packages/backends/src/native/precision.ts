// What captured functions can compute in.
import type { FunctionRunner, Precision } from '@tessera/core';
import { fs, nodeProcess } from '../nodeModules.js';

// ConfigProto { graph_options { rewrite_options { auto_mixed_precision_onednn_bfloat16: ON } } }, serialized: fields 10, 10 and
// 31 of tensorflow/core/protobuf/config.proto and rewriter_config.proto.
const bfloat16Rewrite = Uint8Array.of(0x52, 0x05, 0x52, 0x03, 0xf8, 0x01, 0x01);

/** How TensorFlow is told to rewrite a function; undefined where nothing is to be changed. */
export const configOf = (precision: Precision): Uint8Array | undefined =>
  precision === 'bf16-mixed' ? bfloat16Rewrite : undefined;

/** Instructions that make bfloat16 products faster than float32's; without them they would be slower. */
const instructions = ['avx512_bf16', 'amx_bf16'];

/**
 * What native TensorFlow computes in beside float32 on this machine.
 * @param cpuInfo - the text of /proc/cpuinfo
 */
export function nativePrecisions(cpuInfo = readCpuInfo()): NonNullable<FunctionRunner['precisions']> {
  if (cpuInfo === undefined) return { none: 'bfloat16 is offered on Linux alone' };
  const flags = new Set(/^flags\s*:(.*)$/m.exec(cpuInfo)?.[1]?.trim().split(' '));
  if (instructions.some((name) => flags.has(name))) return ['bf16-mixed'];
  return { none: `this processor has none of ${instructions.join(', ')}` };
}

const readCpuInfo = (): string | undefined =>
  nodeProcess().platform === 'linux' ? fs().readFileSync('/proc/cpuinfo', 'utf8') : undefined;
