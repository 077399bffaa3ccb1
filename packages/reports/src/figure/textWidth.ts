// How wide text is without a font at hand: widths of Helvetica's letters by group, in shares of the font's size.
const groups: readonly (readonly [letters: RegExp, width: number])[] = [
  [/[ijl'|.,:;!]/u, 0.26],
  [/[ftrI()[\]{}/\\\s-]/u, 0.34],
  [/[mwMW@%—]/u, 0.88],
  [/[A-Z&#+<>=−–~]/u, 0.7],
  [/\p{Mark}|\p{Cf}/u, 0],
  [
    /[\u1100-\u115f\u2e80-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f000}-\u{3fffd}]|\p{Emoji_Presentation}/u,
    1.1,
  ],
];

/** About how wide a text is. */
export function textWidth(text: string, fontSize: number): number {
  let width = 0;
  for (const letter of text) width += groups.find(([letters]) => letters.test(letter))?.[1] ?? 0.56;
  return width * fontSize;
}
