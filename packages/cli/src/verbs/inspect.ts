import type { Model, Parameter } from '@tessera/core';
import { RunFolder } from '@tessera/training';
import type { CommandContext } from '../commandContext.js';
import type { InspectFlags } from '../commands/inspect.js';
import { loadSpec, withSession, type Session } from '../session.js';
import { formatBytes, formatCount } from '../terminal/format.js';
import { renderFacts, renderTable } from '../terminal/table.js';

/** Shows what a model is made of. */
export async function runInspect(context: CommandContext, path: string, flags: InspectFlags): Promise<void> {
  const { terminal } = context;
  await withSession(context, flags, async (session) => {
    const model = await open(session, path, flags);
    try {
      const described = describeModel(model);
      if (flags.json)
        return terminal.printJson({
          ...described,
          parameters: model.parameters.list().map(({ path: name, role, shape }) => ({ path: name, role, shape })),
        });
      const { style } = terminal;
      terminal.print(...renderFacts(described.facts, style), '');
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
  if (new RunFolder(path).exists) return (await session.workbench.load(path)) as unknown as Model;
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

function describeModel(model: Model): {
  readonly facts: [string, string][];
  readonly numParameters: number;
  readonly trainingBytes: number;
} {
  const weights = model.parameters.list('weight');
  const numParameters = total(weights);
  const buffers = total(model.parameters.list('buffer'));
  const trainingBytes = 4 * (4 * numParameters + buffers);
  const modalities = [...model.encoders].map(([name, encoder]): [string, string] => [
    `modality ${name}`,
    `${model.spec.modalities[name]?.type ?? ''}, ${encoder.fixedLength ? '' : 'at most '}${encoder.maxTokens} tokens × ${encoder.tokenWidth}`,
  ]);
  const heads = [...model.heads].map(([name, { head, metrics }]): [string, string] => [
    `head ${name}`,
    `${model.spec.heads[name]?.type ?? ''}, ${head.numOutputs} outputs (${head.labels.slice(0, 8).join(', ')}${head.labels.length > 8 ? ', …' : ''}); ${metrics.join(', ')}`,
  ]);
  return {
    numParameters,
    trainingBytes,
    facts: [
      ['name', model.spec.name],
      ...modalities,
      ['fusion', `${model.spec.fusion.type}, joint state of ${model.fusion.pooledWidth}`],
      ...heads,
      ['parameters', `${formatCount(numParameters)} trained, ${formatCount(buffers)} recorded`],
      [
        'memory',
        `${formatBytes(4 * (numParameters + buffers))} to predict; ${formatBytes(trainingBytes)} to train with AdamW (values, gradients, two slots), activations not counted`,
      ],
    ],
  };
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
