import { describe, expect, it } from 'vitest';
import { foreignName, ourPath, readThroughLayout } from '../layout.js';
import { mmbtOriginalResnet, torchvisionResnet } from './torchvisionResnet.js';

describe('torchvisionResnet', () => {
  const layout = torchvisionResnet('modalities.image.encoder');

  it('names every kind of parameter as torchvision does', () => {
    const names = {
      'conv1.weight': 'conv1.weight',
      'bn1.runningVariance': 'bn1.running_var',
      'layer1.0.conv2.weight': 'layer1.0.conv2.weight',
      'layer3.22.bn3.runningMean': 'layer3.22.bn3.running_mean',
      'layer2.0.downsample.0.weight': 'layer2.0.downsample.0.weight',
      'layer4.0.downsample.1.bias': 'layer4.0.downsample.1.bias',
    };
    for (const [ours, theirs] of Object.entries(names)) {
      expect(foreignName(layout, `modalities.image.encoder.${ours}`)).toBe(theirs);
      expect(ourPath(layout, theirs)).toBe(`modalities.image.encoder.${ours}`);
    }
  });

  it('leaves the classifier and the counters alone', () => {
    expect(ourPath(layout, 'fc.weight')).toBeUndefined();
    expect(ourPath(layout, 'bn1.num_batches_tracked')).toBeUndefined();
  });

  it('turns filters from [Co, Ci, kH, kW] to [kH, kW, Ci, Co]', () => {
    const values = Float32Array.from({ length: 2 * 3 * 5 * 7 }, (_, i) => i);
    const source = readThroughLayout(torchvisionResnet(''), {
      description: 'test',
      read: (name) => (name === 'conv1.weight' ? { shape: [2, 3, 5, 7], values } : undefined),
    });
    const read = source.read('conv1.weight');
    expect(read?.shape).toEqual([5, 7, 3, 2]);
    const [row, column, input, output] = [4, 2, 1, 1];
    expect(read?.values[((row * 7 + column) * 3 + input) * 2 + output]).toBe(
      ((output * 3 + input) * 5 + row) * 7 + column,
    );
  });
});

describe('mmbtOriginalResnet', () => {
  it('numbers the modules as the authors’ nn.Sequential does', () => {
    const layout = mmbtOriginalResnet('image');
    expect(foreignName(layout, 'image.bn1.weight')).toBe('enc.img_encoder.model.1.weight');
    expect(foreignName(layout, 'image.layer4.2.conv3.weight')).toBe('enc.img_encoder.model.7.2.conv3.weight');
  });
});
