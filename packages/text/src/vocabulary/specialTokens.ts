/** The special tokens of BERT, in the order in which a vocabulary built here starts with them. */
export const specialTokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const;
