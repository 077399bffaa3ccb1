// What the runs of a model over several seeds came to. A run by itself only knows how far its figures may be off by the
// choice of test samples; how far by the seed stands beside it once it was compared.
import { spreadOf, type ComparedModel, type Comparison } from '@tessera/reports';
import { RunFolder } from '@tessera/training';
import { nullForUndefinedFigures } from '../terminal/terminal.js';

/** Writes `seeds-<split>.json` into the folder of every run: mean and standard deviation over its model's seeds. */
export function writeSeedSpread({ split, models }: Comparison): void {
  for (const model of models) {
    const text = JSON.stringify({ split, ...seedSpread(model) }, nullForUndefinedFigures, 2);
    for (const { folder } of model.runs) new RunFolder(folder).writeFile(`seeds-${split}.json`, text);
  }
}

/** Each figure's mean, standard deviation (n − 1) and values, in the order of the seeds. */
function seedSpread(model: ComparedModel): object {
  const names = Object.keys(model.runs[0]?.figures ?? {});
  const values = (name: string): (number | null)[] => model.runs.map(({ figures }) => figures[name] ?? null);
  return {
    seeds: model.runs.map(({ seed }) => seed),
    figures: Object.fromEntries(names.map((name) => [name, { ...spreadOf(model, name), values: values(name) }])),
  };
}
