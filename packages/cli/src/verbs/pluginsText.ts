import type { AnyDefinition } from '@tessera/core';
import type { Style } from '../terminal/style.js';
import { renderFacts } from '../terminal/table.js';
import { oneLine, pad, textWidth, wrap } from '../terminal/width.js';

/** A plugin with its parts, or why an installed one cannot be used. */
export interface ShownPlugin {
  readonly name: string;
  readonly version: string | null;
  /** `built in`, a folder or a file. */
  readonly origin: string;
  readonly components: readonly AnyDefinition[];
  readonly fault?: string;
}

const indent = '  ';

/** Each plugin, where it is from, and below it a line for each of its parts: kind, name, what it is. */
export function pluginLines(plugins: readonly ShownPlugin[], style: Style, columns: number): string[] {
  const parts = plugins.flatMap(({ components }) => components);
  const kindWidth = Math.max(0, ...parts.map(({ kind }) => kind.length));
  const nameWidth = Math.max(0, ...parts.map(({ name }) => textWidth(oneLine(name))));
  const room = columns - indent.length;
  return plugins.flatMap((plugin, i) => {
    const facts = plugin.components.map(
      ({ kind, name, summary }) =>
        [`${pad(kind, kindWidth)}  ${pad(oneLine(name), nameWidth)}`, oneLine(summary)] as const,
    );
    const below =
      plugin.fault === undefined
        ? renderFacts(facts, style, room)
        : wrap(oneLine(`left out: ${plugin.fault}`), room).map((line) => style.yellow(line));
    return [...(i === 0 ? [] : ['']), ...headingLines(plugin, style, columns), ...below.map((line) => indent + line)];
  });
}

/** Name, version and origin; the origin below them where it would not fit. */
function headingLines({ name, version, origin }: ShownPlugin, style: Style, columns: number): string[] {
  // A module is named by its path.
  const own = [oneLine(name), ...(version === null ? [] : [version])].join('  ');
  if (name === origin) return [style.bold(own)];
  const isShort = textWidth(own) + 2 + textWidth(origin) <= columns;
  return isShort ? [`${style.bold(own)}  ${style.dim(origin)}`] : [style.bold(own), `${indent}${style.dim(origin)}`];
}
