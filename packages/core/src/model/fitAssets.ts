import type { Container } from '../container/container.js';
import type { Split } from '../contracts/dataset.js';
import type { AnyDefinition, Assets, FitSource, PartKind } from '../definition.js';
import { logger } from '../logger.js';
import type { Registry } from '../registry.js';
import type { PartChoice, ResolvedSpec } from '../spec/resolvedSpec.js';

/** Text files by part path, such as `modalities.text` → `vocab.txt`. */
export type AssetsByPath = Readonly<Record<string, Assets>>;

/** Where parts learn their assets from. */
export interface FitOptions {
  /** Folder that relative file names in the spec start from. */
  readonly baseFolder: string;
  /** The training split; without it only assets that files or options give can be had. */
  readonly training?: Split;
  /** Assets that parts have already, by path. */
  readonly known?: AssetsByPath;
  /** The workbench's services, which a part may need to look at its values. */
  readonly container?: Container;
}

interface FitTask {
  readonly path: string;
  readonly definition: AnyDefinition;
  readonly choice: PartChoice;
  readonly field: 'inputs' | 'targets';
  readonly name: string;
  /** Whether it stands among the options of another part, so that the samples' values are not its own. */
  readonly inner?: boolean;
}

/**
 * Lets every part learn or read the text files it needs: vocabularies, label names.
 * @throws SpecError when a part needs training data that is not there, or a file that cannot be read.
 */
export async function fitAssets(spec: ResolvedSpec, registry: Registry, options: FitOptions): Promise<AssetsByPath> {
  const assets: Record<string, Assets> = {};
  const shared = new Map<string, Assets>();
  const tasks = [
    ...tasksOf(spec.modalities, 'modalities', 'encoder', 'inputs', registry),
    ...tasksOf(spec.heads, 'heads', 'head', 'targets', registry),
  ];
  const onProgress = progressOf(options.container);
  for (const task of tasks) {
    const { definition, choice, path } = task;
    if (!definition.fit) continue;
    const together = definition.fitScope === 'encoder' && !task.inner ? groupOf(task) : undefined;
    const known = options.known?.[path] ?? (together === undefined ? undefined : shared.get(together));
    if (known) {
      assets[path] = known;
      if (together !== undefined) shared.set(together, known);
      continue;
    }
    const fields =
      together === undefined ? [task] : tasks.filter((other) => !other.inner && groupOf(other) === together);
    const values = options.training && !task.inner ? rawValues(options.training, fields) : undefined;
    const source = {
      path,
      baseFolder: options.baseFolder,
      ...(values && { values }),
      ...(onProgress && { onProgress }),
    };
    const services = servicesAtHand(definition, options.container);
    const fitted = await definition.fit(choice.options as never, source, services as never);
    assets[path] = fitted;
    if (together !== undefined) shared.set(together, fitted);
  }
  return assets;
}

/** What parts that are fitted together have in common. */
function groupOf({ definition, choice }: FitTask): string {
  const { kind, fitOptions } = definition;
  const options = choice.options as Readonly<Record<string, unknown>>;
  return JSON.stringify([kind, choice.type, fitOptions?.map((name) => options[name] ?? null) ?? options]);
}

function tasksOf(
  choices: Readonly<Record<string, PartChoice>>,
  folder: string,
  kind: PartKind,
  field: FitTask['field'],
  registry: Registry,
): FitTask[] {
  return Object.entries(choices).flatMap(([name, choice]) => {
    const path = `${folder}.${name}`;
    const task = { path, definition: registry.get(kind, choice.type), choice, field, name };
    const inner = tasksOf(choice.encoders ?? {}, path, 'encoder', field, registry);
    return [task, ...inner.map((own) => ({ ...own, inner: true }))];
  });
}

/** How parts tell how far they are, where the logger shows it. */
function progressOf(container: Container | undefined): FitSource['onProgress'] {
  const log = container?.has(logger) ? container.get(logger) : undefined;
  return log?.progress && ((what, done, total) => log.progress?.(what, done, total));
}

/** The part's needs as far as the workbench provides them; what a fusion provides exists only once a model is built. */
function servicesAtHand(definition: AnyDefinition, container: Container | undefined): Record<string, unknown> {
  const needs = Object.entries(definition.needs).filter(([, need]) => container?.has(need));
  return Object.fromEntries(needs.map(([name, need]) => [name, container?.get(need)]));
}

function* rawValues(split: Split, fields: readonly FitTask[]): Iterable<unknown> {
  for (let i = 0; i < split.length; i++) {
    const sample = split.sample(i);
    for (const { field, name } of fields) {
      const value = sample[field][name];
      if (value !== undefined) yield value;
    }
  }
}
