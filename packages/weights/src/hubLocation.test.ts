import { describe, expect, it } from 'vitest';
import { isPinOf, parseHubLocation, pinnedLocation } from './hubLocation.js';

const commit = '0123456789abcdef0123456789abcdef01234567';

describe('parseHubLocation', () => {
  it('reads repository, file and revision', () => {
    expect(parseHubLocation('hf:bert-base-uncased')).toEqual({ repository: 'bert-base-uncased', revision: 'main' });
    expect(parseHubLocation('hf:timm/resnet18.a1_in1k@v1.0')).toEqual({
      repository: 'timm/resnet18.a1_in1k',
      revision: 'v1.0',
    });
    expect(parseHubLocation('hf:a/b/onnx/model.safetensors@refs/pr/1')).toEqual({
      repository: 'a/b',
      file: 'onnx/model.safetensors',
      revision: 'refs/pr/1',
    });
  });

  it.each(['hf:', 'hf:/a', 'hf:a/../b', 'hf:a/b/../../c', 'hf:a/b@../x', 'hf:a b/c', 'hf:a/b@', 'hf:-a/b'])(
    'refuses "%s"',
    (location) => {
      expect(() => parseHubLocation(location)).toThrow(/must be hf:<owner>\/<name>/);
    },
  );
});

describe('isPinOf', () => {
  it('tells a commit of the same place from anything else', () => {
    const pinned = pinnedLocation(parseHubLocation('hf:a/b/m.bin'), commit);
    expect(pinned).toBe(`hf:a/b/m.bin@${commit}`);
    expect(isPinOf(pinned, 'hf:a/b/m.bin')).toBe(true);
    expect(isPinOf(pinned, 'hf:a/b/m.bin@v2')).toBe(true);
    for (const other of ['hf:a/b', 'hf:a/c/m.bin', `hf:a/b/m.bin@${commit.replace('0', 'f')}`, '/a/b/m.bin']) {
      expect(isPinOf(pinned, other), other).toBe(false);
    }
    expect(isPinOf('hf:a/b@main', 'hf:a/b')).toBe(false);
  });
});
