import type { Model, Parameter } from '@tessera/core';
import { isSaved } from '@tessera/training';
import { formatCount, formatNumberOf } from '@tessera/reports';
import type { CommandContext } from '../commandContext.js';
import { loadSpec, withSession, type Session, type SpecFlags, type WorkbenchFlags } from '../session.js';
import { formatBytes } from '../terminal/format.js';
import { renderFacts, renderTable } from '../terminal/table.js';

/** Flags of `tessera inspect`. */
export interface InspectFlags extends WorkbenchFlags, SpecFlags {
  readonly all?: boolean;
  readonly json?: boolean;
}

/** Shows what a model is made of. */
export async function runInspect(context: CommandContext, path: string, flags: InspectFlags): Promise<void> {
  const { terminal } = context;
  await withSession(context, flags, async (session) => {
    const model = await open(session, path, flags);
    try {
      const described = describeModel(model);
      if (flags.json) return terminal.printJson({ ...described, parameters: parametersOf(model) });
      const { style, resultColumns } = terminal;
      terminal.print(...renderFacts(factsOf(described), style, resultColumns), '');
      const rows = groupRows(model, flags.all === true);
      terminal.print(
        ...renderTable(
          [
            { title: flags.all ? 'parameter' : 'group' },
            { title: 'shape' },
            { title: 'values', align: 'right' },
            { title: 'role' },
          ],
          rows,
          { style },
        ),
      );
    } finally {
      model.dispose();
    }
  });
}

async function open(session: Session, path: string, flags: InspectFlags): Promise<Model> {
  if (isSaved(path)) return (await session.workbench.load(path)) as unknown as Model;
  const { resolved, folder } = await loadSpec(session.workbench, path, flags);
  const dataset = resolved.data ? await session.workbench.openData(resolved, folder) : undefined;
  const training = dataset?.splits['train'];
  // Initial values play no part here: sources that are not trained yet are left out.
  return session.workbench.buildResolved(
    { ...resolved, initialize: {} },
    { baseFolder: folder, ...(training && { training }) },
  );
}

const sizeOf = ({ shape }: Parameter): number => shape.reduce((product, d) => product * d, 1);
const total = (parameters: readonly Parameter[]): number =>
  parameters.reduce((sum, parameter) => sum + sizeOf(parameter), 0);

const parametersOf = (model: Model): unknown[] =>
  model.parameters.list().map(({ path, role, shape }) => ({ path, role, shape }));

/** What a model is made of, for a program to read. */
function describeModel({ spec, encoders, fusion, heads, parameters }: Model) {
  const numParameters = total(parameters.list('weight'));
  const numBuffers = total(parameters.list('buffer'));
  return {
    name: spec.name,
    modalities: Object.fromEntries(
      [...encoders].map(([name, { maxTokens, tokenWidth, fixedLength }]) => [
        name,
        { encoder: spec.modalities[name]?.type ?? '', maxTokens, tokenWidth, fixedLength },
      ]),
    ),
    fusion: { type: spec.fusion.type, pooledWidth: fusion.pooledWidth },
    heads: Object.fromEntries(
      [...heads].map(([name, { head, metrics }]) => [
        name,
        { type: spec.heads[name]?.type ?? '', outputs: head.numOutputs, labels: head.labels, metrics },
      ]),
    ),
    numParameters,
    numBuffers,
    predictionBytes: 4 * (numParameters + numBuffers),
    /** Values, gradients and AdamW's two slots; activations not counted. */
    trainingBytes: 4 * (4 * numParameters + numBuffers),
  };
}

function factsOf(described: ReturnType<typeof describeModel>): [string, string][] {
  const { name, modalities, fusion, heads, numParameters, numBuffers, predictionBytes, trainingBytes } = described;
  return [
    ['name', name],
    ...Object.entries(modalities).map(
      ([modality, { encoder, maxTokens, tokenWidth, fixedLength }]): [string, string] => [
        `modality ${modality}`,
        `${encoder}, ${fixedLength ? '' : 'at most '}${formatNumberOf(maxTokens, 'token')} × ${tokenWidth}`,
      ],
    ),
    ['fusion', `${fusion.type}, joint state of ${fusion.pooledWidth}`],
    ...Object.entries(heads).map(([head, { type, outputs, labels, metrics }]): [string, string] => [
      `head ${head}`,
      `${type}, ${formatNumberOf(outputs, 'output')} (${labels.slice(0, 8).join(', ')}${labels.length > 8 ? ', …' : ''}); ${metrics.join(', ')}`,
    ]),
    ['parameters', `${formatCount(numParameters)} trained, ${formatCount(numBuffers)} recorded`],
    [
      'memory',
      `${formatBytes(predictionBytes)} to predict; ${formatBytes(trainingBytes)} to train with AdamW (values, gradients, two slots), activations not counted`,
    ],
  ];
}

/** One line for each parameter, or for each module two levels below the root. */
function groupRows(model: Model, all: boolean): string[][] {
  const parameters = model.parameters.list();
  if (all) return parameters.map((p) => [p.path, `[${p.shape.join(', ')}]`, formatCount(sizeOf(p)), p.role]);
  const groups = new Map<string, Parameter[]>();
  for (const parameter of parameters) {
    const parts = parameter.path.split('.');
    const depth = parts[0] === 'modalities' ? 4 : parts[0] === 'heads' ? 2 : 3;
    const key = parts.slice(0, Math.min(depth, parts.length - 1)).join('.');
    groups.set(key, [...(groups.get(key) ?? []), parameter]);
  }
  return [...groups].map(([name, group]) => [
    name,
    group.length === 1 ? `[${group[0]?.shape.join(', ') ?? ''}]` : `${group.length} arrays`,
    formatCount(total(group)),
    [...new Set(group.map(({ role }) => role))].join(', '),
  ]);
}
