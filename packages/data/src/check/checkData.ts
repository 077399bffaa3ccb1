import {
  isTesseraError,
  suggestName,
  type Dataset,
  type Encoder,
  type Head,
  type Sample,
  type Split,
} from '@tessera/core';
import { forEachConcurrently } from '../forEachConcurrently.js';
import { DataProblems } from './dataProblems.js';

/** The parts of a model that know which inputs and labels they take. */
export interface CheckedModel {
  readonly encoders: ReadonlyMap<string, Pick<Encoder, 'check'>>;
  readonly heads: ReadonlyMap<string, { readonly head: Pick<Head, 'checkTarget' | 'targetOf'> }>;
}

/** How data is checked. */
export interface CheckOptions {
  /** Told how many samples were checked, about a hundred times in all. */
  readonly onProgress?: (done: number, total: number) => void;
  /** How many problems are told in full. */
  readonly limit?: number;
  /** Ends the check early when it is aborted; what was found by then counts. */
  readonly signal?: AbortSignal;
}

/**
 * Checks before training what can be checked then: that every sample has a known modality, training and validation
 * samples a label, that every head knows its labels, and every encoder's own check of its inputs.
 * @throws DataError with the first problems, each with file, row and label or input, and how many there are.
 */
export async function checkData(dataset: Dataset, model: CheckedModel, options: CheckOptions = {}): Promise<void> {
  const problems = new DataProblems(options.limit);
  const splits = Object.values(dataset.splits);
  const samples = splits.flatMap((split) => Array.from({ length: split.length }, (_, index) => ({ split, index })));
  const inputs = new InputChecks(model);
  const step = Math.max(1, Math.floor(samples.length / 100));
  const found = new Map<number, Finding[]>();
  let next = 0;
  await forEachConcurrently(
    samples,
    async ({ split, index }) => {
      if (options.signal?.aborted) return;
      const number = next++;
      const sample = split.sample(index);
      const findings = [...checkStructure(sample, split, model), ...checkLabels(sample, model)];
      findings.push(...(await inputs.check(sample)));
      if (findings.length > 0) found.set(number, findings);
    },
    (done, total) => {
      if (done % step === 0 || done === total) options.onProgress?.(done, total);
    },
  );
  // Told in the order of the data, whatever order the checks ended in.
  for (const [, findings] of [...found].sort(([a], [b]) => a - b)) {
    for (const { message, cause } of findings) problems.add(message, { cause });
  }
  problems.throwIfAny();
}

interface Finding {
  readonly message: string;
  readonly cause?: unknown;
}

function checkStructure(
  { inputs, targets, origin, alternatives }: Sample,
  split: Split,
  model: CheckedModel,
): Finding[] {
  const unknown = (kind: string, names: readonly string[], known: Iterable<string>): Finding[] => {
    const allowed = [...known];
    return names
      .filter((name) => !allowed.includes(name))
      .map((name) => ({ message: `${origin}: unknown ${kind} "${name}". ${suggestName(name, allowed)}` }));
  };
  const findings = [
    ...unknown('modality', Object.keys({ ...inputs, ...alternatives }), model.encoders.keys()),
    ...unknown('head', Object.keys(targets), model.heads.keys()),
  ];
  if (findings.length > 0) return findings;
  if (Object.keys(inputs).length === 0) {
    findings.push({
      message: `${origin}: a sample needs at least one modality, got none. Give one of: ${[...model.encoders.keys()].join(', ')}.`,
    });
  }
  const needsLabel = ![...model.heads.values()].some(({ head }) => head.targetOf);
  const isFitted = split.name === 'train' || split.name === 'validation';
  if (needsLabel && isFitted && Object.keys(targets).length === 0) {
    findings.push({
      message: `${origin}: a ${split.name} sample needs a label, got none. Give one for: ${[...model.heads.keys()].join(', ')}.`,
    });
  }
  return findings;
}

function checkLabels({ targets, origin }: Sample, model: CheckedModel): Finding[] {
  return Object.entries(targets).flatMap(([name, target]) => {
    const head = model.heads.get(name)?.head;
    if (!head) return [];
    try {
      head.checkTarget(target);
      return [];
    } catch (error) {
      return [findingOf(error, `${origin}, ${name}`)];
    }
  });
}

/** Runs the encoders' checks; an input that many rows name, such as a picture, is looked at once. */
class InputChecks {
  private readonly seen = new Map<string, Set<string>>();

  constructor(private readonly model: CheckedModel) {}

  async check({ inputs, alternatives = {}, origin }: Sample): Promise<Finding[]> {
    const findings: Finding[] = [];
    for (const [modality, encoder] of this.model.encoders) {
      if (!encoder.check) continue;
      for (const raw of [inputs[modality], ...(alternatives[modality] ?? [])]) {
        if (raw === undefined || this.wasSeen(modality, raw)) continue;
        try {
          await encoder.check(raw);
        } catch (error) {
          findings.push(findingOf(error, `${origin}, ${modality}`));
        }
      }
    }
    return findings;
  }

  private wasSeen(modality: string, raw: unknown): boolean {
    if (typeof raw !== 'string') return false;
    const seen = this.seen.get(modality) ?? new Set();
    this.seen.set(modality, seen);
    return seen.size === seen.add(raw).size;
  }
}

/** A user's mistake is a finding; anything else is a defect of the part and keeps its stack. */
function findingOf(error: unknown, where: string): Finding {
  if (isTesseraError(error)) return { message: `${where}: ${error.message}`, cause: error };
  throw new Error(`${where}: the check failed: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });
}
