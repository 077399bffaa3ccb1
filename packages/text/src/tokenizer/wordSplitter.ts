import { bertTokenizerJson } from './bertTokenizerJson.js';
import { openHuggingFaceTokenizer } from './huggingFaceTokenizer.js';
import { spaceRareIdeographs } from './ideographs.js';

/** A function that splits a text into the words BERT's tokenizer sees: cleaned, split at spaces and punctuation. */
export function wordSplitter(lowercase: boolean): (text: string) => string[] {
  const { normalizer, pre_tokenizer: splitter } = openHuggingFaceTokenizer(bertTokenizerJson(['[UNK]'], lowercase));
  return (text) => {
    const clean = normalizer?.normalize(spaceRareIdeographs(text)) ?? text;
    return splitter?.pre_tokenize(clean) ?? [];
  };
}
