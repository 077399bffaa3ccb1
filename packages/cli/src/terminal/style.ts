/** Puts text into ANSI colours and weights, or leaves it as it is where colours are off. */
export interface Style {
  /** Whether anything is changed at all. */
  readonly enabled: boolean;
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
  blue(text: string): string;
  /** A background from dark (0) to strong: orange towards 1, blue towards −1. */
  heat(text: string, share: number): string;
}

/** What decides whether a stream gets colours. */
export interface StyleTarget {
  readonly isTTY?: boolean;
}

/** Colours for a terminal that wants them: not for a file or pipe, nor where NO_COLOR is set (no-color.org). */
export function styleOf(target: StyleTarget, env: Readonly<Record<string, string | undefined>>): Style {
  const enabled = target.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  const code =
    (open: number, close: number) =>
    (text: string): string =>
      enabled ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    enabled,
    bold: code(1, 22),
    dim: code(2, 22),
    red: code(31, 39),
    green: code(32, 39),
    yellow: code(33, 39),
    cyan: code(36, 39),
    blue: code(94, 39),
    heat: (text, share) => (enabled ? heat(text, share) : text),
  };
}

/** Rows of the 256-colour table from near black to bright orange and to bright blue, light text on the dark ones. */
const orange = [234, 52, 88, 130, 166, 202, 208, 214] as const;
const blue = [234, 17, 18, 24, 25, 32, 39, 117] as const;

function heat(text: string, share: number): string {
  const size = Math.min(1, Number.isFinite(share) ? Math.abs(share) : 0);
  const step = Math.round(size * (orange.length - 1));
  const foreground = step >= (share < 0 ? 5 : 4) ? 16 : 252;
  return `\u001b[48;5;${(share < 0 ? blue : orange)[step] ?? 234};38;5;${foreground}m${text}\u001b[0m`;
}
