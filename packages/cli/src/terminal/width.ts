// Terminals give wide characters (CJK, most emoji) two columns and combining marks none.
const control = /\u001b\[[0-9;?]*[A-Za-z]/g;
const invisible = /\p{Mark}|\p{Cf}/u;
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

const charWidth = (character: string): number => (invisible.test(character) ? 0 : wide.test(character) ? 2 : 1);

/** Columns that a text takes; control sequences take none. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text.replace(control, '')) width += charWidth(character);
  return width;
}

/** Fills up with spaces to a number of columns. */
export function pad(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, columns - textWidth(text)));
  return align === 'left' ? text + space : space + text;
}

/** Cuts plain text to a number of columns, with an ellipsis where something is lost. */
export function cut(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let kept = '';
  let width = 0;
  for (const character of text) {
    if (width + charWidth(character) > columns - 1) break;
    kept += character;
    width += charWidth(character);
  }
  return `${kept}…`;
}

/** Breaks text at spaces into lines of at most a number of columns; a longer word gets a line of its own. */
export function wrap(text: string, columns: number): string[] {
  if (textWidth(text) <= columns) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && textWidth(line) + 1 + textWidth(word) > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Text from outside as one visible line: line breaks and tabs become spaces, other control characters are dropped. */
export const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').replaceAll(/\p{Cc}/gu, '');
