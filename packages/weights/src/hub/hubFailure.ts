import { CheckpointError } from '@tessera/core';

/** What an answer of the hub means to a user, by its status. */
const advice: Readonly<Record<number, string>> = {
  401: 'there is no such repository, or it is private. Check the name, or set HF_TOKEN',
  403: 'access is refused. Accept its conditions on its page, and set HF_TOKEN to a token of yours that may read it',
  404: 'there is no such repository or revision. Check the name; a private one needs HF_TOKEN',
  429: 'too many requests. Try again later',
};

/** An error of the hub or on the way to it, in words. */
export function hubFailure(name: string, error: unknown): CheckpointError {
  if (error instanceof CheckpointError) return error;
  const { statusCode } = error as { statusCode?: number };
  const { message, cause } = error as Error;
  const known = statusCode === undefined ? undefined : advice[statusCode];
  const reason = cause instanceof Error && cause.message !== '' ? `${message}: ${cause.message}` : message;
  const text =
    known ??
    (statusCode === undefined
      ? `the hub cannot be asked (${reason}). Check the network, HF_ENDPOINT and HF_TOKEN; what is in the cache is used with HF_HUB_OFFLINE=1`
      : `the hub answered with status ${statusCode}. Try again later`);
  return new CheckpointError(`${name}: ${text}.`, { cause: error });
}
