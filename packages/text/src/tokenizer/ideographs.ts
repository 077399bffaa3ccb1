// BERT sets every Chinese character apart. @huggingface/tokenizers looks at UTF-16 units when it does, and so misses the
// rarer ones, which take two. Ranges: google-research/bert, tokenization.py, `_is_chinese_char`.
const rareIdeograph =
  /[\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B820}-\u{2CEAF}\u{2F800}-\u{2FA1F}]/gu;

/** Puts spaces around the ideographs beyond U+FFFF. */
export const spaceRareIdeographs = (text: string): string => text.replace(rareIdeograph, ' $& ');
