// The contract suites over everything that plugins register.
import { Registry, type PartKind, type Plugin, type RegisteredPart } from '@tessera/core';
import { describeContract, type Contract, type TestFramework } from './contract.js';
import { datasetContract, datasetSubject, type DatasetCase } from './dataset/datasetContract.js';
import { definitionContract } from './definition/definitionContract.js';
import { encoderContract } from './encoder/encoderContract.js';
import { encoderSubject, type EncoderCase } from './encoder/encoderSubject.js';
import { ContractError } from './expectations.js';
import { fusionContract } from './fusion/fusionContract.js';
import { fusionSubject, type FusionCase } from './fusion/fusionSubject.js';
import { headContract } from './head/headContract.js';
import { headSubject, type HeadCase } from './head/headSubject.js';
import { lossContract } from './loss/lossContract.js';
import { lossSubject, type LossCase } from './loss/lossSubject.js';
import { metricContract, metricSubject } from './metric/metricContract.js';
import { optimizerContract } from './optimization/optimizerContract.js';
import { optimizerSubject } from './optimization/optimizerSubject.js';
import { scheduleContract, scheduleSubject } from './optimization/scheduleContract.js';
import type { PartSetting } from './parts/partSetting.js';

/** What a case of each kind of part says. */
export interface CaseByKind {
  encoder: EncoderCase;
  fusion: FusionCase;
  head: HeadCase;
  loss: LossCase;
  metric: PartSetting;
  optimizer: PartSetting;
  schedule: PartSetting;
  dataset: DatasetCase;
}

/** Cases by kind and name of the part. */
export type PartCases = {
  readonly [TKind in PartKind]?: Readonly<Record<string, readonly CaseByKind[TKind][]>>;
};

/** How a kind of part is tried. */
interface Suite {
  readonly contract: Contract<never>;
  readonly subject: (definition: RegisteredPart['definition'], given: never) => Promise<unknown>;
  /** What a case must say; undefined where a part is tried with its default options without any. */
  readonly needs?: string;
}

const suites: Readonly<Record<PartKind, Suite>> = {
  encoder: { contract: encoderContract, subject: encoderSubject, needs: 'options, samples, faults' },
  fusion: { contract: fusionContract, subject: fusionSubject, needs: 'options' },
  head: { contract: headContract, subject: headSubject, needs: 'targets, targetOf, faults' },
  loss: { contract: lossContract, subject: lossSubject },
  metric: { contract: metricContract, subject: metricSubject },
  optimizer: { contract: optimizerContract, subject: optimizerSubject },
  schedule: { contract: scheduleContract, subject: scheduleSubject },
  dataset: { contract: datasetContract, subject: datasetSubject, needs: 'options, request, faults' },
};

/**
 * Registers the contract of its kind for every part of some plugins, and that of its definition: one test for each rule
 * and case. Losses, metrics,
 * optimizers and schedules without a case are tried with their default options; any other part without one is a test
 * that fails and says what to add, and so is a case of a part that nobody registered.
 * @param framework - `{ describe, it }` of vitest, Jest or node:test; a TensorFlow.js backend must be open when tests run
 */
export function describeParts(framework: TestFramework, plugins: readonly Plugin[], cases: PartCases): void {
  const registry = new Registry(plugins);
  for (const part of registry.list()) describePart(framework, part, cases);
  for (const [kind, byName] of Object.entries(cases) as [PartKind, Readonly<Record<string, unknown>>][]) {
    for (const name of Object.keys(byName).filter((known) => !registry.find(kind, known))) {
      const message = `${kind} "${name}" has a case and is not registered. Remove the case, or list the part in a plugin.`;
      describeFailure(framework, `${kind} ${name}`, message);
    }
  }
}

function describePart(framework: TestFramework, { definition, owner }: RegisteredPart, cases: PartCases): void {
  const { kind, name } = definition;
  const { contract, subject, needs } = suites[kind];
  const given = (cases[kind]?.[name] ?? (needs === undefined ? [{}] : [])) as readonly PartSetting[];
  if (given.length === 0) {
    const message =
      `${kind} "${name}" of plugin "${owner}" has no contract case. ` +
      `Add one to the cases: { ${kind}: { '${name}': [{ ${needs ?? 'options'} }] } }.`;
    describeFailure(framework, `${kind} ${name}`, message);
  }
  const options = given.map((one) => one.options ?? {});
  describeContract(framework, `definition of ${kind} ${name}`, definitionContract, () => ({ definition, options }));
  for (const one of given) {
    describeContract(framework, titleOf(kind, name, one), contract, () => subject(definition, one as never) as never);
  }
}

function describeFailure({ describe, it }: TestFramework, title: string, message: string): void {
  describe(title, () => {
    it('has a contract case', async () => {
      throw new ContractError(message);
    });
  });
}

function titleOf(kind: PartKind, name: string, { name: special, options }: PartSetting): string {
  const text = special ?? (options ? JSON.stringify(options) : '');
  return text === '' ? `${kind} ${name}` : `${kind} ${name}, ${text}`;
}
