import type { Model, ResolvedSpec } from '@tessera/core';
import {
  countParameters,
  environment,
  openRun,
  packedEnding,
  pathFrom,
  requireGrownUnchanged,
  RunFolder,
  saveCheckpoint,
  type RunRecord,
} from '@tessera/training';
import { parse } from 'yaml';
import { backendVersions } from '@tessera/backends';
import type { CommandContext } from '../commandContext.js';
import { withSession, type Session, type SpecFlags, type WorkbenchFlags } from '../session.js';
import { mergeSpecs } from '../spec/extendSpec.js';
import { applyOverrides, parseOverride } from '../spec/overrides.js';
import { grownSpec } from '../spec/runSpec.js';
import { UsageError } from '../usageError.js';
import { shellWord } from './shellWord.js';

/** Flags of `tessera grow`. */
export interface GrowFlags extends WorkbenchFlags, SpecFlags {
  /** `name=encoder`, the encoder's name or its options. */
  readonly add: readonly string[];
  readonly to?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

type Mapping = Readonly<Record<string, unknown>>;

/** The checkpoint of a model that was not trained since it grew. */
const checkpoint = 'grown';

/** Adds modalities to a trained model. */
export async function runGrow(context: CommandContext, path: string, flags: GrowFlags): Promise<void> {
  const { terminal } = context;
  const before = openRun(path).read();
  const to = flags.to ?? `${path.replace(/[/\\]+$/, '').replace(packedEnding, '')}-grown`;
  const folder = new RunFolder(to);
  folder.requireFree(flags.overwrite);
  const base = grownSpec(path);
  const added = additions(flags.add, base, path);
  await withSession(context, flags, async (session) => {
    const grown = allowMissing(mergeSpecs(base, { modalities: added }) as Mapping, Object.keys(added));
    const asked = applyOverrides(grown, flags.set.map(parseOverride));
    const spec = session.workbench.resolve(await session.workbench.withPlugins(asked, '.', 'if needed'));
    requireMasked(spec, Object.keys(added));
    const model = await session.workbench.buildResolved(spec, { baseFolder: before.baseFolder });
    try {
      await requireGrownUnchanged(session.workbench, model, before.baseFolder);
      if (flags.overwrite) folder.remove();
      folder.create();
      await saveCheckpoint(folder.checkpointPath(checkpoint), { model, baseFolder: before.baseFolder });
      folder.write({ ...recordOf(session, model, before), baseFromRun: pathFrom(to, before.baseFolder) });
      if (flags.json) return terminal.printJson({ run: to, from: path, added: Object.keys(added), ...folder.read() });
      show(context, to, spec, Object.keys(added));
    } finally {
      model.dispose();
    }
  });
}

/** A learned token in place of an absent modality would be part of every sample that the run knows. */
function requireMasked({ modalities }: ResolvedSpec, added: readonly string[]): void {
  const name = added.find((modality) => modalities[modality]?.absent === 'token');
  if (name === undefined) return;
  throw new UsageError(
    `--add: samples without the new modality must be predicted as before, got ${name} with absent: token. Leave absent out, or add it when training on.`,
  );
}

/** The modalities to add by name. Throws UsageError for what is none, or one that the run has. */
function additions(add: readonly string[], base: Mapping, path: string): Mapping {
  const modalities: Record<string, unknown> = {};
  for (const text of add) {
    const [, name = '', value = ''] = /^([^=]*)=([\s\S]*)$/.exec(text) ?? [];
    if (name.trim() === '' || value.trim() === '')
      throw new UsageError(`--add: must be NAME=ENCODER, got "${text}". Write for example image=resnet18.`);
    if (Object.hasOwn(base['modalities'] as Mapping, name) || Object.hasOwn(modalities, name))
      throw new UsageError(
        `--add: a modality may stand once in a model, got "${name}", which ${path} has. Give another name.`,
      );
    const choice = parseChoice(text, value);
    modalities[name] = typeof choice === 'string' ? { encoder: choice } : choice;
  }
  return modalities;
}

function parseChoice(text: string, value: string): unknown {
  try {
    return parse(value) as unknown;
  } catch (error) {
    const [reason = ''] = (error as Error).message.split('\n');
    throw new UsageError(`--add: the encoder must be YAML, got "${text}": ${reason} Quote it.`, { cause: error });
  }
}

/** Lets rows of the run's own data lack the new modalities, where its dataset has that option. */
function allowMissing(spec: Mapping, names: readonly string[]): Mapping {
  const data = spec['data'] as Mapping | undefined;
  const allowed = data?.['allowMissing'];
  if (allowed === undefined || allowed === true) return spec;
  const others = Array.isArray(allowed) ? (allowed as unknown[]) : [];
  return { ...spec, data: { ...data, allowMissing: [...others, ...names] } };
}

function recordOf({ backend }: Session, model: Model, before: RunRecord): RunRecord {
  const { fingerprint, splits } = before.data;
  return {
    format: 1,
    name: model.spec.name,
    status: 'finished',
    checkpoints: { last: checkpoint },
    keep: 'last',
    metric: before.metric,
    history: [],
    numParameters: countParameters(model),
    numTrainSamples: 0,
    seconds: 0,
    seed: model.spec.training.seed,
    data: { fingerprint, splits },
    baseFolder: before.baseFolder,
    versions: { ...environment(), ...backendVersions(backend) },
  };
}

function show({ terminal }: CommandContext, to: string, spec: ResolvedSpec, added: readonly string[]): void {
  const inputs = Object.keys(spec.modalities).map((name) => `--${name} …`);
  terminal.note(
    `Grown: ${to}, which predicts as before until it is trained with ${added.join(' and ')}.`,
    `Next: tessera predict ${shellWord(to)} ${inputs.join(' ')}`,
    `      tessera train SPEC, where SPEC has "extends: ${to}" and data with ${added.join(' and ')}`,
  );
}
