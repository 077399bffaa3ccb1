// Where native TensorFlow is kept: one folder per installation in the cache, named by all that decides its contents.
import { crypto, environment, fs, nodeProcess, os, path } from '../nodeModules.js';

/** The build of TensorFlow: for the CPU alone, or with CUDA. */
export type NativeVariant = 'cpu' | 'gpu';

/** The version of @tensorflow/tfjs-node-gpu whose binding and kernels are used. */
export const TFJS_VERSION = '4.22.0';

/** What an installation says of itself (`install.json`). */
export interface NativeInstall {
  /** Absolute. */
  readonly folder: string;
  readonly tfjs: string;
  readonly tensorflow: string;
  readonly variant: NativeVariant;
  /** Of the C++ sources and the loader; an installation of other sources is not used. */
  readonly sourceHash: string;
  /** Where TensorFlow came from, such as `package index` or a file's name. */
  readonly origin: string;
  /** ISO 8601. */
  readonly installedAt: string;
}

/** A folder in the cache that is no whole installation. */
export interface BrokenInstall {
  readonly folder: string;
  readonly problem: string;
}

/** The cache folder: TESSERA_CACHE, XDG_CACHE_HOME/tessera or what the platform uses. */
export function cacheFolder(): string {
  const { join } = path();
  const variables = environment();
  if (variables['TESSERA_CACHE']) return path().resolve(variables['TESSERA_CACHE']);
  if (variables['XDG_CACHE_HOME']) return join(path().resolve(variables['XDG_CACHE_HOME']), 'tessera');
  const home = os().homedir();
  switch (nodeProcess().platform) {
    case 'darwin':
      return join(home, 'Library', 'Caches', 'tessera');
    case 'win32':
      return join(variables['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'tessera', 'Cache');
    default:
      return join(home, '.cache', 'tessera');
  }
}

/** The folder that holds one folder for each installation. */
export const nativeCache = (): string => path().join(cacheFolder(), 'native');

/** The name of an installation's folder. */
export const installKey = (install: Pick<NativeInstall, 'tfjs' | 'tensorflow' | 'variant' | 'sourceHash'>): string =>
  `tfjs-${install.tfjs}_tensorflow-${install.tensorflow}_${install.variant}_${install.sourceHash}`;

/** Files without which an installation does not work, relative to its folder. */
const needed = [
  'load.cjs',
  'lib/tfjs_binding.node',
  'lib/libtessera_log_level.so',
  'lib/libtensorflow_cc.so.2',
  'lib/libtensorflow_framework.so.2',
  'node_modules/@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js',
];

/** Reads one installation. */
export function readInstall(folder: string): NativeInstall | BrokenInstall {
  const { existsSync, readFileSync } = fs();
  const missing = ['install.json', ...needed].find((file) => !existsSync(path().join(folder, file)));
  if (missing !== undefined) return { folder, problem: `${missing} is missing` };
  try {
    const told = JSON.parse(readFileSync(path().join(folder, 'install.json'), 'utf8')) as Omit<NativeInstall, 'folder'>;
    const whole = [told.tfjs, told.tensorflow, told.variant, told.sourceHash].every((text) => typeof text === 'string');
    return whole ? { ...told, folder } : { folder, problem: 'install.json is incomplete' };
  } catch {
    return { folder, problem: 'install.json is no JSON' };
  }
}

/** All installations in the cache, the newest first, and what is broken. */
export function listInstalls(cache = nativeCache()): { installs: NativeInstall[]; broken: BrokenInstall[] } {
  const { existsSync, readdirSync } = fs();
  const names = existsSync(cache) ? readdirSync(cache).filter((name) => name.startsWith('tfjs-')) : [];
  const read = names.sort().map((name) => readInstall(path().join(cache, name)));
  return {
    installs: read
      .filter((install): install is NativeInstall => !('problem' in install))
      .sort((a, b) => b.installedAt.localeCompare(a.installedAt)),
    broken: read.filter((install): install is BrokenInstall => 'problem' in install),
  };
}

/** The folder of this package that holds the C++ sources. */
export async function nativeSources(): Promise<string> {
  // By name, since the folder lies at different depths from sources and from the builds.
  const name = '@tessera/backends/native/folder';
  return ((await import(/* @vite-ignore */ name)) as { nativeFolder: string }).nativeFolder;
}

/** A short hash over all files of the sources' folder, and over the processor's features, which some are compiled for. */
export function hashSources(folder: string): string {
  const hash = crypto().createHash('sha256').update(processorFeatures());
  for (const name of fs()
    .readdirSync(folder)
    .filter((file) => /\.(cc|h|cjs)$/.test(file))
    .sort()) {
    hash
      .update(`${name}\0`)
      .update(fs().readFileSync(path().join(folder, name)))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 12);
}

/** The hash that an installation must have to be used. */
export const currentSourceHash = async (): Promise<string> => hashSources(await nativeSources());

/** Tells of installations whether this version of Tessera uses them. */
export async function usableInstalls(): Promise<(install: NativeInstall) => boolean> {
  const current = await currentSourceHash();
  return ({ tfjs, sourceHash }) => tfjs === TFJS_VERSION && sourceHash === current;
}

/** What a home folder shared by several machines must tell apart. */
function processorFeatures(): string {
  const { arch, platform } = nodeProcess();
  const listed = '/proc/cpuinfo';
  const told = fs().existsSync(listed) ? fs().readFileSync(listed, 'utf8') : '';
  return [platform, arch, /^(?:flags|Features)\s*:.*$/m.exec(told)?.[0] ?? ''].join('\n');
}

/** The search for an installation that fits this version of Tessera. */
export type InstallSearch = { readonly install: NativeInstall } | { readonly missing: string };

const command = (variant: NativeVariant): string => `tessera backend install${variant === 'gpu' ? ' --gpu' : ''}`;

/** The newest installation of a variant that fits; `TESSERA_NATIVE` may name a folder instead. */
export async function findInstall(variant: NativeVariant): Promise<InstallSearch> {
  const named = environment()['TESSERA_NATIVE'];
  if (named) return namedInstall(path().resolve(named), variant);
  const { installs, broken } = listInstalls();
  const ofVariant = installs.filter((install) => install.variant === variant);
  const install = ofVariant.find(await usableInstalls());
  if (install) return { install };
  if (ofVariant[0]) {
    return { missing: `installed for another version of Tessera only; ${command(variant)} builds it anew` };
  }
  const damaged = broken.find(({ folder }) => folder.includes(`_${variant}_`));
  if (damaged) return { missing: `${damaged.folder} is broken (${damaged.problem}); ${command(variant)} mends it` };
  return { missing: `not installed; ${command(variant)}` };
}

function namedInstall(folder: string, variant: NativeVariant): InstallSearch {
  const install = readInstall(folder);
  if ('problem' in install) {
    const what = `TESSERA_NATIVE="${folder}" is no installation (${install.problem})`;
    return { missing: `${what}; unset it, or name a folder from tessera backend list` };
  }
  if (install.variant === variant) return { install };
  return { missing: `TESSERA_NATIVE names a ${install.variant} build` };
}
