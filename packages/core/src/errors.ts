// Messages follow one form: `<Where>: <rule>, got <name>=<value>. <What to do>.` A user's mistake is always one of these
// classes, so that the command line can print the message alone and keep stack traces for real defects.

/** Base of every error that names a mistake in what Tessera was given. `cause` keeps the underlying error. */
export class TesseraError extends Error {
  /** True for a mistake in the input, as opposed to a defect: the command line then prints the message without a stack. */
  readonly isUserError = true;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** One fault of a spec. */
export interface SpecIssue {
  /** Dotted path into the spec, such as `modalities.image.encoder`. */
  readonly path: string;
  /** The rule, what was given and what to do. */
  readonly message: string;
}

/** A spec that breaks a rule: names the path, what was given, what is allowed and the nearest known name. */
export class SpecError extends TesseraError {
  /** Every fault found, in the order of the spec. */
  readonly issues: readonly SpecIssue[];

  constructor(issues: readonly SpecIssue[] | string, options?: { cause?: unknown }) {
    super(
      typeof issues === 'string'
        ? issues
        : issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('\n'),
      options,
    );
    this.issues = typeof issues === 'string' ? [{ path: '', message: issues }] : issues;
  }
}

/** A plugin that cannot be registered, or a name nobody registered. */
export class RegistryError extends TesseraError {}

/** A service that nobody bound, or a container used after its disposal. */
export class ContainerError extends TesseraError {}

/** A tensor whose shape or type breaks a rule. */
export class ShapeError extends TesseraError {}

/** A checkpoint that is missing, incomplete, damaged or of another model. */
export class CheckpointError extends TesseraError {}

/** Data that is missing, unreadable or breaks a rule; names file, row and field. */
export class DataError extends TesseraError {}

/** A backend that is not there or cannot do what is asked. */
export class BackendError extends TesseraError {}

/** Training that cannot go on, such as a loss that is not finite. */
export class TrainingError extends TesseraError {}

/** A function of tensors that no backend can capture as a graph, such as one that reads a value while it is traced. */
export class CaptureError extends TesseraError {
  /** The part that was running, such as `modalities.image (encoder resnet18)`; undefined where it is not known. */
  readonly part: string | undefined;

  constructor(
    private readonly fault: string,
    options: { part?: string; cause?: unknown } = {},
  ) {
    super(options.part === undefined ? fault : `${options.part}: ${fault}`, options);
    this.part = options.part;
  }

  /** The same error, of a named part. */
  in(part: string): CaptureError {
    return new CaptureError(this.fault, { part, cause: this.cause ?? this });
  }
}

/** Recognises a user's mistake across module formats, where `instanceof` would miss a second copy of this package. */
export function isTesseraError(error: unknown): error is TesseraError {
  return error instanceof Error && (error as Partial<TesseraError>).isUserError === true;
}
