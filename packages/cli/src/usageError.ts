/**
 * A command line that breaks a rule: an argument that is missing, unknown or of the wrong form. Marked as core's errors
 * are, without loading core: `tessera --help` must be there at once.
 */
export class UsageError extends Error {
  readonly isUserError = true;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'UsageError';
  }
}
