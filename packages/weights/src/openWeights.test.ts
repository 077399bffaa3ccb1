import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWeights } from './openWeights.js';
import { writeSafetensors } from './safetensorsFile.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A file with these arrays: [2, 2] for weights of layers, [2] for everything else. */
async function fileOf(...names: readonly string[]): Promise<string> {
  const path = join(folder, 'weights.safetensors');
  const values = Float32Array.of(1, 2, 3, 4);
  const tensors = names.map((name) =>
    /(query|dense|proj_embeddings)\.weight$/.test(name)
      ? { name, shape: [2, 2], values: () => values }
      : { name, shape: [2], values: () => values.subarray(0, 2) },
  );
  await writeSafetensors(path, tensors);
  return path;
}

const words = 'embeddings.word_embeddings.weight';
const query = 'encoder.layer.3.attention.self.query.weight';

describe('openWeights', () => {
  it('says where in the file float32 values lie, and in which order their axes are', async () => {
    const path = await fileOf(words, query);
    const source = openWeights(path, { prefix: 'fusion' });
    const table = source.read('fusion.embeddings.word.weight')?.stored;
    const weight = source.read('fusion.layers.3.attention.query.weight')?.stored;
    expect(weight).toMatchObject({ file: path, shape: [2, 2], axes: [1, 0] });
    expect((weight?.position ?? 0) - (table?.position ?? 0)).toBe(8); // behind the two values of the table
    expect(table?.axes).toBeUndefined();
    source.close?.();
  });

  it.each(['', 'bert.', '0.auto_model.'])('finds a BERT below "%s" by its names', async (prefix) => {
    const path = await fileOf(`${prefix}${words}`, `${prefix}${query}`, `${prefix}embeddings.position_ids`);
    const source = openWeights(path, { prefix: 'fusion' });
    expect(source.layout).toBe('Hugging Face BERT');
    expect(source.read('fusion.layers.3.attention.query.weight')).toMatchObject({
      shape: [2, 2],
      values: Float32Array.of(1, 3, 2, 4),
    });
    expect(source.covers?.('fusion.projections.image.weight')).toBe(false);
    expect(source.covers?.('fusion.layers.0.attention.query.weight')).toBe(true);
    expect(source.unused?.()).toEqual([`${prefix}${words}`]);
    source.close?.();
  });

  it('reads gamma and beta, as files converted from TensorFlow name them', async () => {
    const path = await fileOf(`bert.${words}`, 'bert.embeddings.LayerNorm.gamma', 'bert.embeddings.LayerNorm.beta');
    const source = openWeights(path, { prefix: 'modalities.text.encoder' });
    expect(source.read('modalities.text.encoder.embeddings.norm.weight')?.shape).toEqual([2]);
    expect(source.read('modalities.text.encoder.embeddings.norm.bias')?.shape).toEqual([2]);
    source.close?.();
  });

  it('finds the part that a longer path is of', async () => {
    const source = openWeights(await fileOf(words, query), { prefix: 'fusion.layers.3' });
    expect(source.read('fusion.layers.3.attention.query.weight')).toBeDefined();
    expect(source.unused?.()).toEqual([]);
    source.close?.();
  });

  it('tells ResNets of torchvision, timm and Hugging Face', async () => {
    const path = 'modalities.photo.encoder';
    const torchvision = openWeights(await fileOf('layer1.0.conv1.weight', 'layer1.0.bn1.running_var', 'fc.weight'), {
      prefix: 'modalities.photo',
    });
    expect(torchvision.read(`${path}.layer1.0.bn1.runningVariance`)).toBeDefined();
    expect(torchvision.unused?.()).toEqual(['layer1.0.conv1.weight']);
    torchvision.close?.();
    const names = [
      'embedder.embedder.convolution.weight',
      'encoder.stages.2.layers.5.layer.1.normalization.running_mean',
    ];
    for (const prefix of ['resnet.', '']) {
      const source = openWeights(await fileOf(...names.map((name) => `${prefix}${name}`), 'classifier.1.weight'), {
        prefix: path,
      });
      expect(source.layout).toBe('Hugging Face ResNet');
      expect(source.read(`${path}.layer3.5.bn2.runningMean`)).toBeDefined();
      expect(source.unused?.()).toEqual([`${prefix}embedder.embedder.convolution.weight`]);
      source.close?.();
    }
  });

  it('maps a checkpoint of facebookresearch/mmbt to all parts of a model, whatever they are called', async () => {
    const path = await fileOf(
      `enc.txt_${words}`,
      `enc.${query}`,
      'enc.img_embeddings.img_embeddings.bias',
      'enc.img_embeddings.position_embeddings.weight',
      'enc.img_encoder.model.1.running_mean',
      'clf.bias',
      'enc.clf.bias',
    );
    const fusion = openWeights(path, { prefix: 'fusion' });
    expect(fusion.read('fusion.projections.picture.bias')).toBeDefined();
    expect(fusion.read('fusion.embeddings.word.weight')).toBeDefined();
    expect(fusion.unused?.()).toEqual([`enc.${query}`]);
    const head = openWeights(path, { prefix: 'heads.genre' });
    expect(head.read('heads.genre.output.bias')).toBeDefined();
    const image = openWeights(path, { prefix: 'modalities.picture.encoder' });
    expect(image.read('modalities.picture.encoder.bn1.runningMean')).toBeDefined();
    for (const source of [fusion, head, image]) source.close?.();
  });

  it('maps a checkpoint of Hugging Face’s MMBT', async () => {
    const path = await fileOf(
      `mmbt.transformer.${words}`,
      'mmbt.modal_encoder.proj_embeddings.weight',
      `mmbt.modal_encoder.word_embeddings.weight`,
      'classifier.bias',
    );
    const source = openWeights(path, { prefix: 'fusion' });
    expect(source.read('fusion.projections.image.weight')?.values).toEqual(Float32Array.of(1, 3, 2, 4));
    expect(source.read('fusion.embeddings.word.weight')).toBeDefined();
    expect(source.unused?.()).toEqual([]);
    source.close?.();
  });

  it('takes a model’s own names as they are', async () => {
    const source = openWeights(await fileOf('fusion.pooler.bias', 'heads.a.output.bias'), { prefix: 'fusion' });
    expect(source.layout).toBeUndefined();
    expect(source.read('fusion.pooler.bias')).toBeDefined();
    expect(source.unused?.()).toEqual([]);
    source.close?.();
  });

  it('says so where Git LFS left a pointer to the weights', () => {
    const path = join(folder, 'model.safetensors');
    writeFileSync(path, 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n');
    expect(() => openWeights(path, { prefix: 'fusion' })).toThrow(/got the pointer of Git LFS.*git lfs pull/);
  });

  it('refuses names of no known layout, and a layout that is not known', async () => {
    const path = await fileOf('a.weight', 'b.weight');
    expect(() => openWeights(path, { prefix: 'fusion' })).toThrow(
      /known layout.*got 2 arrays such as a\.weight, b\.weight/,
    );
    expect(() => openWeights(path, { prefix: 'fusion', layout: 'bret' })).toThrow(/must be one of mmbt, .*got "bret"/);
    expect(() => openWeights(path, { prefix: 'fusion', layout: 'bert' })).toThrow(/known layout \(bert\)/);
  });
});
