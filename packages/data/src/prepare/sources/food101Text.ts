/** The marks that facebookresearch/mmbt replaces by spaces (scripts/food_101.py). */
const marks = /[<>/\\+=\-_[\]{}'";:.,()*&^%$#@!~`]/g;

/** Lower-case words without punctuation: what the paper's models read of a page. */
export const plainWords = (text: string): string =>
  text.replace(marks, ' ').replace(/\s\s+/g, ' ').toLowerCase().replaceAll('\n', ' ');
