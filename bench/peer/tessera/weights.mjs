// An MMBT from the files of a BERT and a ResNet-152, ready to be used: the clock starts when the backend is open.
import { statSync } from 'node:fs';
import { openWorkbench, specOf } from './models.mjs';

export async function measure(job) {
  const { workbench, versions } = await openWorkbench(job);
  const [bert, resnet] = ['bert', 'resnet'].map((name) => `${job.saved}.${name}.safetensors`);
  const initialize = { fusion: bert, 'modalities.image.encoder': resnet };
  const startedAt = performance.now();
  const model = await workbench.build({ ...specOf(job), initialize });
  await model.parameters.list().at(-1).value.data(); // what the device was given is there
  const ms = [performance.now() - startedAt];
  return { ms, fileBytes: statSync(bert).size + statSync(resnet).size, versions };
}
