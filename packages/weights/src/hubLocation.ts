import { CheckpointError } from '@tessera/core';

/** A repository on the hub, or one file of it. */
export interface HubLocation {
  /** `owner/name`. */
  readonly repository: string;
  /** Branch, tag or commit; `main` if left out. */
  readonly revision: string;
  /** A file in it; its weights if left out. */
  readonly file?: string;
}

/** Whether a place of weights is `hf:…`. */
export const isHubLocation = (location: string): boolean => location.startsWith('hf:');

const segment = String.raw`[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?`;
const pattern = new RegExp(
  String.raw`^hf:(?<repository>${segment}(?:/${segment})?)(?:/(?<file>[^@]+))?(?:@(?<revision>[\w./-]+))?$`,
);

/** Reads `hf:owner/name`, `hf:owner/name@revision` or `hf:owner/name/file@revision`. Throws CheckpointError. */
export function parseHubLocation(location: string): HubLocation {
  const { repository, file, revision = 'main' } = pattern.exec(location)?.groups ?? {};
  const climbs = [file ?? '', revision].some((text) => text.split('/').some((part) => part === '..' || part === '.'));
  if (repository === undefined || climbs) {
    throw new CheckpointError(
      `weights: a place on the hub must be hf:<owner>/<name>, with /<file> and @<revision> if wanted, got "${location}".`,
    );
  }
  return { repository, revision, ...(file !== undefined && { file }) };
}

/** The same place at a commit, as it is written in a spec. */
export const pinnedLocation = ({ repository, file }: HubLocation, commit: string): string =>
  `hf:${repository}${file === undefined ? '' : `/${file}`}@${commit}`;

/** Whether a place at a commit is what another place on the hub, of a branch or tag, was found to be. */
export function isPinOf(pinned: string, location: string): boolean {
  if (!isHubLocation(pinned) || !isHubLocation(location)) return false;
  const [commit, named] = [parseHubLocation(pinned), parseHubLocation(location)];
  const isSame = commit.repository === named.repository && commit.file === named.file;
  return isSame && isCommit(commit.revision) && !isCommit(named.revision);
}

/** Whether a revision is a commit by its id: what it means never changes. */
export const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision);
