import { forEachConcurrently } from '../forEachConcurrently.js';
import type { Candidate } from './candidate.js';
import { inspectPicture, type PictureFinding } from './inspectPicture.js';
import type { ReadContext } from './preparedSource.js';

/** Rows whose pictures are pictures. */
export interface InspectedRows {
  readonly rows: readonly Candidate[];
  /** SHA-256 of each picture of the rows, by absolute path. */
  readonly hashes: ReadonlyMap<string, string>;
}

/** Looks at every picture once; rows whose picture is not one are left out. */
export async function inspectPictures(
  rows: readonly Candidate[],
  { dropped, inputs }: Pick<ReadContext, 'dropped' | 'inputs'>,
  options: { readonly decode: boolean; readonly onProgress: (done: number, total: number) => void },
): Promise<InspectedRows> {
  const pictures = new Map(rows.map(({ picture }) => [picture.path, picture]));
  const paths = [...pictures.keys()];
  const findings = new Map<string, PictureFinding>();
  await forEachConcurrently(
    paths,
    async (path) => void findings.set(path, await inspectPicture(path, options)),
    options.onProgress,
  );
  const hashes = new Map<string, string>();
  for (const path of paths) {
    const { sha256, fault } = findings.get(path) ?? {};
    if (sha256 === undefined) continue;
    if (!pictures.get(path)?.isDerived) inputs.note(path, sha256);
    if (!fault) hashes.set(path, sha256);
  }
  const kept = rows.filter(({ split, origin, id, picture }) => {
    const fault = findings.get(picture.path)?.fault;
    if (fault)
      dropped.add({ split, origin, id, reason: fault.reason, detail: `${inputs.name(picture.path)}: ${fault.detail}` });
    return !fault;
  });
  return { rows: kept, hashes };
}
