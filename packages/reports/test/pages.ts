// What a page consists of, for tests.

const voidElements = new Set(['meta', 'img', 'input', 'br', 'link', 'hr']);

/** Tags that are closed out of turn or never; attributes may hold anything in quotes. */
export function misplacedTags(page: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  const withoutDoctype = page.replace(/^<!doctype html>/, '').replace(/<style>.*?<\/style>/s, '');
  for (const [, closing, name = '', attributes = ''] of withoutDoctype.matchAll(
    /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+(?:="[^"<>]*")?)*\s*\/?)>/g,
  )) {
    if (voidElements.has(name) || attributes.endsWith('/')) continue;
    if (!closing) open.push(name);
    else if (open.pop() !== name) wrong.push(`</${name}>`);
  }
  return [...wrong, ...open.map((name) => `<${name}>`)];
}

/** Everything that a browser would load or run: scripts, style sheets, sources, links, handlers; not what is in the page. */
export function resourcesOf(page: string): string[] {
  const sources = [...page.matchAll(/\s(?:src|href|srcset|action|data|poster|xlink:href)="([^"]*)"/g)].map(
    ([, address]) => address ?? '',
  );
  const styles = [...page.matchAll(/url\((?!#)([^)]*)\)|@import\s+(\S+)/g)].map(([whole]) => whole);
  const elements = [...page.matchAll(/<(?:script|link|iframe|object|embed|base|form)\b[^>]*>/gi)].map(
    ([whole]) => whole,
  );
  const withoutValues = page.replaceAll(/"[^"]*"/g, '""');
  const handlers = [...withoutValues.matchAll(/<[^>]*\son\w+\s*=[^>]*>/gi)].map(([whole]) => whole);
  return [...sources.filter((address) => !/^(data:|#)/.test(address)), ...styles, ...elements, ...handlers];
}

/** Text of the page without tags. */
export const textOf = (page: string): string =>
  page
    .replace(/<style>.*?<\/style>/s, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');

/** Occurrences of an element's tag. */
export const count = (page: string, tag: string): number => page.split(`<${tag}`).length - 1;
