// What a user hears who writes a wrong option: always its place in the spec and a rule, never an error of the schema's own.
import { parseSpec, Registry, type AnyDefinition, type PartKind, type SpecIssue } from '@tessera/core';
import type { Contract } from '../contract.js';
import { ContractError, expectThat } from '../expectations.js';
import type { DefinitionSubject } from './definitionContract.js';

type Options = Readonly<Record<string, unknown>>;

/** Where a part of each kind stands in a spec; metrics are named alone. */
const places: Readonly<Record<PartKind, string | undefined>> = {
  encoder: 'modalities.contract',
  fusion: 'fusion',
  head: 'heads.contract',
  loss: 'heads.contract.loss',
  optimizer: 'training.optimizer',
  schedule: 'training.schedule',
  dataset: 'data',
  metric: undefined,
};

/** Values of which no option takes all. */
const junk: readonly unknown[] = [true, -1e9 - 0.5, 'no such choice', [['?']], { '?': '?' }];

/** Rules of a part's options in a spec. */
export const specRules: Contract<DefinitionSubject> = [
  {
    rule: 'refuses an option that it does not know, by its place in the spec',
    check: ({ definition, options }) => {
      const place = places[definition.kind];
      if (place === undefined) return;
      for (const given of options) {
        const issues = issuesOf(definition, place, { ...given, optoin: 1 });
        const found = issues.some(({ path }) => path === `${place}.optoin`);
        expectThat(found, `options: an unknown key must be refused, got none for "optoin". Use z.strictObject({ … }).`);
      }
    },
  },
  {
    rule: 'refuses an option of the wrong type, by its place in the spec',
    check: ({ definition, options: [given = {}] }) => {
      const place = places[definition.kind];
      if (place === undefined) return;
      for (const option of Object.keys(definition.config.shape)) {
        const path = `${place}.${option}`;
        const refused = junk.some((value) =>
          issuesOf(definition, place, { ...given, [option]: value }).some((issue) => isAt(issue, path)),
        );
        expectThat(refused, `${option}: must refuse some values, got none refused. Narrow its schema.`);
      }
    },
  },
];

const isAt = (issue: SpecIssue, path: string): boolean =>
  issue.path === path || issue.path.startsWith(`${path}.`) || issue.path.startsWith(`${path}[`);

/** What is wrong with a part's options in a spec that has nothing else. */
function issuesOf(definition: AnyDefinition, place: string, options: Options): readonly SpecIssue[] {
  const key = definition.kind === 'encoder' ? 'encoder' : 'type';
  const spec = place
    .split('.')
    .reduceRight<unknown>((inner, name) => ({ [name]: inner }), { [key]: definition.name, ...options });
  try {
    parseSpec(spec, new Registry([{ name: 'contract', components: [definition] }]));
    return [];
  } catch (error) {
    const { issues, name, message } = error as Error & { issues?: readonly SpecIssue[] };
    if (issues) return issues;
    throw new ContractError(
      `options: a wrong one must be refused by the schema, got ${name}: ${message} for ${JSON.stringify(options)}.`,
    );
  }
}
