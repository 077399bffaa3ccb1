// Python's package index: which files a project has, by the JSON form of the simple API (PEP 691) where the index speaks
// it, else by its HTML form (PEP 503).
import { BackendError } from '@tessera/core';
import { runProgram } from './runProgram.js';
import {
  compareVersions,
  fitsProcessor,
  parseWheelName,
  runsOn,
  type WheelMachine,
  type WheelName,
} from './wheelName.js';
import { parseRelease, satisfies } from './versionRange.js';

/** A file of a project. */
export interface IndexFile {
  readonly filename: string;
  readonly url: string;
  /** Hexadecimal; undefined where the index tells none. */
  readonly sha256?: string;
  /** Bytes, where the index tells it. */
  readonly size?: number;
}

/** A wheel of a project. */
export interface IndexWheel extends IndexFile {
  readonly name: WheelName;
}

type Environment = Readonly<Record<string, string | undefined>>;

const PUBLIC_INDEX = 'https://pypi.org/simple';

/** The index that pip or uv is set up to use, unless one is asked for. */
export async function chooseIndex(asked: string | undefined, environment: Environment): Promise<string> {
  const named = asked ?? environment['PIP_INDEX_URL'] ?? environment['UV_DEFAULT_INDEX'] ?? environment['UV_INDEX_URL'];
  const url = named ?? (await pipIndex()) ?? PUBLIC_INDEX;
  if (/^https?:\/\/[^/]/.test(url)) return url.replace(/\/+$/, '');
  throw new BackendError(
    `backend install: the package index must be an http or https address, got "${url}". ` +
      'Give one with --index, or a wheel with --wheel FILE.',
  );
}

async function pipIndex(): Promise<string | undefined> {
  for (const pip of ['pip', 'pip3']) {
    const { code, stdout } = await runProgram(pip, ['config', 'get', 'global.index-url']);
    if (code === 0) return stdout.trim() || undefined;
  }
  return undefined;
}

/** A request for an address; a user name and password in it go into a header, where `fetch` wants them. */
export function requestTo(address: string, headers: Readonly<Record<string, string>> = {}): [string, RequestInit] {
  const url = new URL(address);
  const { username, password } = url;
  if (!username && !password) return [address, { headers }];
  url.username = url.password = '';
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  return [url.href, { headers: { ...headers, authorization: `Basic ${credentials}` } }];
}

/** An address as a message may show it. */
export const withoutCredentials = (address: string): string => address.replace(/\/\/[^/@]*@/, '//');

const JSON_FORM = 'application/vnd.pypi.simple.v1+json';

/**
 * The files of a project; none where the index does not know it.
 * @throws BackendError when the index does not answer
 */
export async function listFiles(index: string, project: string): Promise<IndexFile[]> {
  const [url, request] = requestTo(`${index}/${project}/`, {
    accept: `${JSON_FORM}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1`,
  });
  let response: Response;
  try {
    response = await fetch(url, request);
  } catch (error) {
    throw unreachable(index, reasonOf(error), error);
  }
  if (response.status === 404) return [];
  if (!response.ok) throw unreachable(index, `HTTP ${response.status} for ${project}`);
  const text = await response.text();
  const json = (response.headers.get('content-type') ?? '').includes('json');
  const files = json ? fromJson(text) : fromHtml(text);
  return files.map((file) => ({ ...file, url: credentialsKept(index, new URL(file.url, response.url)) }));
}

const unreachable = (index: string, problem: string, cause?: unknown): BackendError =>
  new BackendError(
    `backend install: the package index ${withoutCredentials(index)} must answer, got: ${problem}. ` +
      'Check the network, name another index with --index URL, or give a wheel with --wheel FILE.',
    { cause },
  );

/** Why `fetch` failed, which it hides in the cause; with a word about the proxy that it does not use by itself. */
export function reasonOf(error: unknown, environment: Environment = process.env): string {
  const { message, cause } = error as { message: string; cause?: { message?: string; code?: string } };
  const reason = cause?.message || cause?.code || message;
  const proxy = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].find((name) => environment[name]);
  if (proxy === undefined || environment['NODE_USE_ENV_PROXY'] === '1') return reason;
  return `${reason} (Node 24 and newer use ${proxy} with NODE_USE_ENV_PROXY=1)`;
}

/** Files on the index's own host are behind the same password. */
function credentialsKept(index: string, url: URL): string {
  const { host, username, password } = new URL(index);
  if (url.host === host && username && !url.username) Object.assign(url, { username, password });
  return url.href;
}

interface JsonFile {
  readonly filename: string;
  readonly url: string;
  readonly hashes?: { readonly sha256?: string };
  readonly size?: number;
  readonly yanked?: boolean | string;
}

function fromJson(text: string): IndexFile[] {
  const { files } = JSON.parse(text) as { files: readonly JsonFile[] };
  return files
    .filter(({ yanked }) => yanked === undefined || yanked === false)
    .map(({ filename, url, hashes, size }) => ({
      filename,
      url,
      ...(hashes?.sha256 !== undefined && { sha256: hashes.sha256 }),
      ...(size !== undefined && { size }),
    }));
}

function fromHtml(text: string): IndexFile[] {
  const files: IndexFile[] = [];
  for (const [, attributes = '', filename = ''] of text.matchAll(/<a\s([^>]*)>([^<]*)<\/a>/gi)) {
    const href = /\bhref\s*=\s*["']([^"']*)["']/i.exec(attributes)?.[1]?.replaceAll('&amp;', '&');
    if (href === undefined || /\bdata-yanked\b/i.test(attributes)) continue;
    const [url = '', fragment = ''] = href.split('#');
    const sha256 = /^sha256=([0-9a-f]{64})$/i.exec(fragment)?.[1];
    files.push({ filename: filename.trim(), url, ...(sha256 !== undefined && { sha256 }) });
  }
  return files;
}

/** What wheel is wanted. */
export interface WheelWish {
  /** Projects in the order of preference. */
  readonly projects: readonly string[];
  /** A version, or a range such as `<13.0,>=12.5`. */
  readonly version: string;
  readonly machine: WheelMachine;
}

/**
 * The newest wheel that runs on the machine, of the first project that has one.
 * @throws BackendError that says what the index has instead
 */
export async function findWheel(index: string, { projects, version, machine }: WheelWish): Promise<IndexWheel> {
  const range = /^[\d.]+$/.test(version) ? `==${version}` : version;
  const seen: IndexWheel[] = [];
  for (const project of projects) {
    const wheels = wheelsOf(await listFiles(index, project)).filter(({ name }) => fitsProcessor(name, machine));
    const best = wheels
      .filter(({ name }) => satisfies(name.version, range) && runsOn(name, machine))
      .sort(newestFirst)[0];
    if (best) return best;
    seen.push(...wheels);
  }
  throw noWheel(index, { projects, version, machine }, seen);
}

const wheelsOf = (files: readonly IndexFile[]): IndexWheel[] =>
  files.flatMap((file) => {
    const name = parseWheelName(file.filename);
    return name ? [{ ...file, name }] : [];
  });

const pythonNumber = ({ name }: IndexWheel): number => Number(/\d+/.exec(name.python)?.[0] ?? 0);

/** Orders versions, the newest first. */
const newerFirst = (a: string, b: string): number => compareVersions(parseRelease(b) ?? [], parseRelease(a) ?? []);

const newestFirst = (a: IndexWheel, b: IndexWheel): number =>
  newerFirst(a.name.version, b.name.version) || pythonNumber(b) - pythonNumber(a);

function noWheel(index: string, { projects, version, machine }: WheelWish, seen: readonly IndexWheel[]): BackendError {
  const wanted = `${projects.join(' or ')} ${version}`;
  const glibc = machine.glibc?.join('.');
  const where = `Linux on ${machine.arch} with ${glibc === undefined ? 'a C library other than glibc' : `glibc ${glibc}`}`;
  const versions = [...new Set(seen.filter(({ name }) => runsOn(name, machine)).map(({ name }) => name.version))];
  const there = versions
    .filter((text) => parseRelease(text))
    .sort(newerFirst)
    .slice(0, 5);
  return new BackendError(
    `backend install: ${withoutCredentials(index)} must have a wheel of ${wanted} for ${where}, got ` +
      (there.length
        ? `only versions ${there.join(', ')}. Choose one with --tensorflow.`
        : 'none. Name another index with --index URL.'),
  );
}
