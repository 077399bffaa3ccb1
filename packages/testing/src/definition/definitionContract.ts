import type { AnyDefinition } from '@tessera/core';
import type { Contract } from '../contract.js';
import { expectSame, expectThat } from '../expectations.js';
import { specRules } from './specRules.js';

/** What {@link definitionContract} looks at. */
export interface DefinitionSubject {
  readonly definition: AnyDefinition;
  /** Options to read, one set for each case. */
  readonly options: readonly Readonly<Record<string, unknown>>[];
}

/** What the definition of every part keeps to, whatever its kind. */
export const definitionContract: Contract<DefinitionSubject> = [
  {
    rule: 'has a name for specs and a summary of one line',
    check: ({ definition: { name, summary } }) => {
      const readable = /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name);
      expectThat(readable, `name: must be of small letters, digits and hyphens, got "${name}".`);
      const isLine = /^\S[^\n]*\.$/.test(summary);
      expectThat(isLine, `summary: must be one line that ends with a full stop, got "${summary}".`);
    },
  },
  {
    rule: 'describes each of its options',
    check: ({ definition }) => {
      for (const [option, schema] of Object.entries(definition.config.shape)) {
        expectThat(isDescribed(schema), `${option}: must say what it does, got no description. Call describe('…').`);
      }
    },
  },
  {
    rule: 'means the same when its defaults are spelled out, as in a saved spec',
    check: ({ definition, options }) => {
      for (const given of options) {
        const checked = definition.config.parse(given);
        const saved: unknown = JSON.parse(JSON.stringify(checked));
        const { success, data } = definition.config.safeParse(saved);
        expectThat(success, `options: must be readable as they are saved, got ${JSON.stringify(saved)} refused.`);
        expectSame(data, checked, 'options must be the same when they are read again');
      }
    },
  },
  ...specRules,
];

/** Whether a schema, or the one that a default or an optional wraps, has a description. */
function isDescribed(schema: unknown): boolean {
  const { description, def } = schema as { description?: string; def?: { innerType?: unknown } };
  if (description !== undefined && description !== '') return true;
  return def?.innerType !== undefined && isDescribed(def.innerType);
}
