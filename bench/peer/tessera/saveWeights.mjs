// Writes the files that weights.mjs and weights.py load: BERT under Hugging Face's names, ResNet-152 under torchvision's.
import { countParameters } from '@tessera/training';
import { huggingFaceBert, torchvisionResnet, writeThroughLayout } from '@tessera/weights';
import { writeSafetensors } from '@tessera/weights/node';
import { openWorkbench, specOf } from './models.mjs';

export async function measure(job) {
  const { workbench, versions } = await openWorkbench(job);
  const model = await workbench.build(specOf(job));
  const parameters = model.parameters.list().map(({ path, shape, value }) => ({
    name: path,
    shape,
    values: () => value.data(),
  }));
  for (const [name, layout] of [
    ['bert', huggingFaceBert('fusion')],
    ['resnet', torchvisionResnet('modalities.image.encoder')],
  ]) {
    await writeSafetensors(`${job.saved}.${name}.safetensors`, writeThroughLayout(layout, parameters).tensors);
  }
  return { ms: [], numParameters: countParameters(model), versions };
}
