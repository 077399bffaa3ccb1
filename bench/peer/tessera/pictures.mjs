// JPEG files to normalised tensors in batches, as training and evaluation prepare them. The first batch is warm-up on
// both sides: starting PyTorch's workers does not count.
import { disposeBatch } from '@tessera/core';
import { epochOrder, memoryDataset, prepareBatches } from '@tessera/data';
import { openWorkbench } from './models.mjs';

export async function measure(job) {
  const { workbench, versions } = await openWorkbench(job);
  const model = await workbench.build({
    name: 'pictures',
    modalities: { image: { encoder: 'resnet18' } },
    fusion: { type: 'concat' },
    heads: { label: { type: 'single-label', labels: ['a', 'b'] } },
  });
  const { all } = memoryDataset({ all: job.pictures.map((image) => ({ inputs: { image } })) }).splits;
  const order = epochOrder(all, { seed: 1, epoch: 0, shuffle: false });
  let startedAt;
  let done = 0;
  for await (const samples of prepareBatches(model, all, order, { batchSize: 32, ahead: 4 })) {
    disposeBatch(model.collate(samples));
    if (startedAt === undefined) startedAt = performance.now();
    else done += samples.length;
  }
  const ms = ((performance.now() - startedAt) * job.pictures.length) / done;
  return { ms: [ms], numParameters: 0, versions };
}
