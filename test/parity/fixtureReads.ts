// A reader must understand all of a file: what it passes over could be wrong without anybody noticing. So a reader gets
// its file behind a proxy that notes which values it takes, and those left over make the file fail.

/**
 * Keys, at any depth, whose values describe a file and are compared with nothing:
 * - `kind` is gone by, `about`, `pixels` and `formula` are prose, `name_prefix` and `reference_dtype` say how the file
 *   was made (a prefix that a reader of names forgets gives other numbers);
 * - `fp32_…` and `…_fp32` are how far PyTorch's own float32 is off;
 * - `difference_from_pil_in_levels` is how far torchvision's two ways of resizing are apart.
 */
export const descriptiveKeys =
  /^(kind|about|pixels|formula|name_prefix|reference_dtype|difference_from_pil_in_levels)$|^fp32_|_fp32$/;

/** A parsed file under observation. */
export interface FixtureReads<T> {
  /** The file as its reader gets it. */
  readonly view: T;
  /** Paths of the values that nobody took so far, such as `cases[3].grad.data`; descriptive ones excepted. */
  readonly unread: () => string[];
}

/** Observes which values of a parsed JSON document are taken. A list of numbers or texts counts as one value. */
export function trackReads<T>(document: T): FixtureReads<T> {
  const taken = new Set<string>();
  return {
    view: viewOf(document, '', taken) as T,
    unread: () => valuePaths(document, '').filter((path) => !taken.has(path)),
  };
}

/** Whether a value is taken as a whole: no object, nor a list that holds one. */
const isValue = (value: unknown): boolean =>
  typeof value !== 'object' || value === null || (Array.isArray(value) && value.every(isValue));

const pathOf = (parent: string, key: string, isList: boolean): string => {
  if (isList) return `${parent}[${key}]`;
  return parent === '' ? key : `${parent}.${key}`;
};

function viewOf(value: unknown, path: string, taken: Set<string>): unknown {
  if (isValue(value)) return value;
  return new Proxy(value as object, {
    get: (target, key) => {
      const member = Reflect.get(target, key) as unknown;
      if (typeof key === 'symbol' || !Object.hasOwn(target, key)) return member;
      const memberPath = pathOf(path, key, Array.isArray(target));
      if (isValue(member)) taken.add(memberPath);
      return viewOf(member, memberPath, taken);
    },
  });
}

function valuePaths(value: unknown, path: string): string[] {
  if (isValue(value)) return [path];
  return Object.entries(value as object).flatMap(([key, member]) =>
    descriptiveKeys.test(key) ? [] : valuePaths(member, pathOf(path, key, Array.isArray(value))),
  );
}
