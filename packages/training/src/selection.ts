import { SpecError, suggestName, type Model, type Registry } from '@tessera/core';
import { metricOf, type Evaluation } from './evaluate.js';

/** The figure that selects the best epoch. */
export interface SelectionMetric {
  /** `<head>.<metric>` or `loss`. */
  readonly name: string;
  readonly greaterIsBetter: boolean;
}

/** The metric that `training.metric` names, or the first head's main one. Throws SpecError that lists what there is. */
export function selectionMetric(model: Model, registry: Registry): SelectionMetric {
  const known = [
    'loss',
    ...[...model.heads].flatMap(([head, { metrics }]) => metrics.map((metric) => `${head}.${metric}`)),
  ];
  const [firstHead, first] = [...model.heads][0] ?? ['', undefined];
  const name = model.spec.training.metric ?? `${firstHead}.${first?.head.mainMetric ?? ''}`;
  if (!known.includes(name)) {
    throw new SpecError([
      {
        path: 'training.metric',
        message: `must be a metric of this model, got "${name}". ${suggestName(name, known)}${hintFor(name, model, registry)}`,
      },
    ]);
  }
  if (name === 'loss') return { name, greaterIsBetter: false };
  return { name, greaterIsBetter: metricOf(registry, name.slice(name.indexOf('.') + 1)).greaterIsBetter };
}

/** What to do about a metric that there is, but that its head does not compute. */
function hintFor(name: string, model: Model, registry: Registry): string {
  const [head = '', ...rest] = name.split('.');
  const metric = rest.join('.');
  if (!model.heads.has(head) || !registry.find('metric', metric)) return '';
  return ` Add ${metric} to heads.${head}.metrics to have it computed.`;
}

/** Figures of an evaluation by name: `loss` and `<head>.<metric>`; undefined ones (NaN) become null, as in JSON. */
export function flatFigures(evaluation: Evaluation): Record<string, number | null> {
  const figures: Record<string, number | null> = { loss: finite(evaluation.loss) };
  for (const [head, { metrics }] of Object.entries(evaluation.heads)) {
    for (const [metric, value] of Object.entries(metrics)) figures[`${head}.${metric}`] = finite(value);
  }
  return figures;
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Whether a value improves on the best so far, strictly. */
export function improves(value: number, best: number | undefined, { greaterIsBetter }: SelectionMetric): boolean {
  if (!Number.isFinite(value)) return false;
  return best === undefined || (greaterIsBetter ? value > best : value < best);
}
