/** One sample as the data has it, before an encoder prepares it. */
export interface Sample {
  /** Identifies the sample in predictions and reports. */
  readonly id: string;
  /** Raw input by modality; a modality that is absent is left out. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Other raw inputs that training may draw instead, by modality (another picture of the same thing). */
  readonly alternatives?: Readonly<Record<string, readonly unknown[]>>;
  /** Raw label by head; a head without a label is left out. */
  readonly targets: Readonly<Record<string, unknown>>;
  /** Samples with the same group are draws of one thing: an epoch takes one of them. */
  readonly group?: string;
  /** Where it stands, for messages: `train.jsonl, row 12`. */
  readonly origin: string;
}

/** One part of a dataset, with random access. */
export interface Split {
  readonly name: string;
  /** Where it comes from, for messages. */
  readonly origin: string;
  readonly length: number;
  /** The sample at an index. */
  sample(index: number): Sample;
}

/** Samples in named splits. */
export interface Dataset {
  /** The splits present: `train`, `validation`, `test` and others. */
  readonly splits: Readonly<Record<string, Split>>;
  /** Hash of the content, to tell whether a run saw the same data; empty for data in memory. */
  readonly fingerprint: string;
  /** Absolute paths of the files that it reads, those that rows name among them; left out where that is not known. */
  readonly files?: readonly string[];
}

/** What a dataset knows of the model it feeds. */
export interface DatasetRequest {
  /** Folder that relative paths start from: where the spec file is. */
  readonly baseFolder: string;
  readonly modalities: readonly { readonly name: string; readonly input: 'file' | 'value' }[];
  readonly heads: readonly string[];
}
