/** Whether a parameter path fits a pattern in which `*` stands for any characters: `modalities.image.*`, `*.bias`. */
export function fitsPattern(path: string, pattern: string): boolean {
  const source = pattern
    .split('*')
    .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('.*');
  return new RegExp(`^${source}$`).test(path);
}
