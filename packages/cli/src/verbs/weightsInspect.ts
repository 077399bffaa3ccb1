import { formatCount, formatNumberOf } from '@tessera/reports';
import { findLayout, isOwnName, type TensorFile, type TensorInfo } from '@tessera/weights';
import type { CommandContext } from '../commandContext.js';
import { formatBytes } from '../terminal/format.js';
import { renderFacts, renderTable } from '../terminal/table.js';
import { openLocation } from './openLocation.js';

/** Flags of `tessera weights inspect`. */
export interface InspectWeightsFlags {
  readonly all?: boolean;
  readonly json?: boolean;
}

/** Shows what a file of weights holds. */
export async function runInspectWeights(
  { terminal }: CommandContext,
  location: string,
  flags: InspectWeightsFlags,
): Promise<void> {
  const file = await openLocation(location, terminal);
  try {
    const described = describeFile(file);
    const tensors = [...file.tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
    if (flags.json) return terminal.printJson({ ...described, tensors });
    const { style, resultColumns } = terminal;
    terminal.print(...renderFacts(factsOf(described), style, resultColumns), '');
    const columns = [
      { title: flags.all ? 'array' : 'group' },
      { title: 'shape' },
      { title: 'values', align: 'right' },
      { title: 'type' },
    ] as const;
    terminal.print(...renderTable(columns, flags.all ? tensors.map(rowOf) : groupRows(tensors), { style }));
  } finally {
    file.close();
  }
}

type Named = TensorInfo & { readonly name: string };

const sizeOf = ({ shape }: TensorInfo): number => shape.reduce((product, size) => product * size, 1);
const rowOf = (tensor: Named): string[] => [
  tensor.name,
  `[${tensor.shape.join(', ')}]`,
  formatCount(sizeOf(tensor)),
  tensor.dtype,
];

function describeFile(file: TensorFile) {
  const names = [...file.tensors.keys()];
  const found = findLayout(names);
  const values = [...file.tensors.values()].reduce((sum, tensor) => sum + sizeOf(tensor), 0);
  return {
    file: file.description,
    format: file.format,
    layout: names.some(isOwnName) ? 'own' : found?.known.name,
    prefix: found?.prefix ?? '',
    arrays: names.length,
    values,
    types: [...new Set([...file.tensors.values()].map(({ dtype }) => dtype))],
    metadata: file.metadata,
  };
}

function factsOf({
  file,
  format,
  layout,
  prefix,
  arrays,
  values,
  types,
}: ReturnType<typeof describeFile>): [string, string][] {
  const below = prefix === '' ? '' : `, names below ${prefix}`;
  const whose =
    layout === 'own' ? "a model's own names" : layout === undefined ? 'none that is known' : `${layout}${below}`;
  return [
    ['file', file],
    ['format', format],
    ['layout', whose],
    [
      'holds',
      `${formatNumberOf(arrays, 'array')}, ${formatNumberOf(values, 'value')} of ${types.join(', ')}; ${formatBytes(4 * values)} as float32`,
    ],
  ];
}

/** One line for each module: names up to their first number, or without their last part. */
function groupRows(tensors: readonly Named[]): string[][] {
  const groups = new Map<string, Named[]>();
  for (const tensor of tensors) {
    const key = /^.*?\.\d+(?=\.)/.exec(tensor.name)?.[0] ?? tensor.name.replace(/\.[^.]+$/, '');
    groups.set(key, [...(groups.get(key) ?? []), tensor]);
  }
  return [...groups].map(([name, group]) => [
    name,
    group.length === 1 ? `[${group[0]?.shape.join(', ') ?? ''}]` : `${group.length} arrays`,
    formatCount(group.reduce((sum, tensor) => sum + sizeOf(tensor), 0)),
    [...new Set(group.map(({ dtype }) => dtype))].join(', '),
  ]);
}
