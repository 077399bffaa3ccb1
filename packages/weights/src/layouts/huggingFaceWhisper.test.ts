import { describe, expect, it } from 'vitest';
import { findLayout } from '../knownLayouts.js';
import { foreignName, isIgnored, ourPath, readThroughLayout } from '../layout.js';
import { huggingFaceWhisper } from './huggingFaceWhisper.js';

const path = 'modalities.speech.encoder';

describe('huggingFaceWhisper', () => {
  const layout = huggingFaceWhisper(path);

  it('names every kind of parameter as transformers does', () => {
    const names = {
      'conv1.weight': 'conv1.weight',
      'conv2.bias': 'conv2.bias',
      positions: 'embed_positions.weight',
      'layers.11.attention.query.bias': 'layers.11.self_attn.q_proj.bias',
      'layers.0.attention.key.weight': 'layers.0.self_attn.k_proj.weight',
      'layers.0.attention.norm.weight': 'layers.0.self_attn_layer_norm.weight',
      'layers.2.feedForward.output.bias': 'layers.2.fc2.bias',
      'layers.2.feedForward.norm.bias': 'layers.2.final_layer_norm.bias',
      'norm.weight': 'layer_norm.weight',
    };
    for (const [ours, theirs] of Object.entries(names)) {
      expect(foreignName(layout, `${path}.${ours}`)).toBe(`model.encoder.${theirs}`);
      expect(ourPath(layout, `model.encoder.${theirs}`)).toBe(`${path}.${ours}`);
    }
  });

  it('leaves the decoder alone, and takes nothing of it for the encoder', () => {
    for (const name of [
      'model.decoder.layers.0.fc1.weight',
      'model.decoder.embed_positions.weight',
      'proj_out.weight',
    ]) {
      expect(ourPath(layout, name)).toBeUndefined();
      expect(isIgnored(layout, name)).toBe(true);
    }
  });

  it('turns filters from [Co, Ci, k] to [k, Ci, Co]', () => {
    const values = Float32Array.from({ length: 2 * 5 * 3 }, (_, i) => i);
    const source = readThroughLayout(huggingFaceWhisper('', ''), {
      description: 'test',
      read: (name) => (name === 'conv1.weight' ? { shape: [2, 5, 3], values } : undefined),
    });
    const read = source.read('conv1.weight');
    expect(read?.shape).toEqual([3, 5, 2]);
    const [k, input, output] = [2, 1, 1];
    expect(read?.values[(k * 5 + input) * 2 + output]).toBe((output * 5 + input) * 3 + k);
  });

  it.each(['', 'encoder.', 'model.encoder.'])('is told by its names below "%s", and a ResNet is not', (prefix) => {
    const found = findLayout([`${prefix}conv1.weight`, `${prefix}conv2.weight`, 'model.decoder.layer_norm.bias']);
    expect([found?.known.name, found?.prefix]).toEqual(['whisper', prefix]);
    expect(findLayout(['conv1.weight', 'layer1.0.conv1.weight', 'layer1.0.conv2.weight'])?.known.name).toBe('resnet');
  });
});
