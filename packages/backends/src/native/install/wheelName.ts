// What a wheel's file name says (PEP 427, PEP 600): whose it is, and which machines it is built for.

/** The parts of a wheel's file name. */
export interface WheelName {
  /** As indexes write it: lower case, hyphens. */
  readonly project: string;
  readonly version: string;
  /** Such as `cp311` or `py3`. */
  readonly python: string;
  /** Such as `manylinux_2_27_x86_64`; any one of them suffices. */
  readonly platforms: readonly string[];
}

/** What decides whether a wheel runs. */
export interface WheelMachine {
  readonly arch: string;
  /** Version of the C library; undefined where it is another one than glibc. */
  readonly glibc?: readonly [major: number, minor: number];
}

/** Names of projects as indexes write them (PEP 503). */
export const normalizedProject = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, '-');

/** Reads a wheel's file name; undefined for one that is none. */
export function parseWheelName(file: string): WheelName | undefined {
  const match = /^([^-]+)-([^-]+)(?:-\d[^-]*)?-([^-]+)-[^-]+-([^-]+)\.whl$/.exec(file);
  if (!match) return undefined;
  const [, project = '', version = '', python = '', platform = ''] = match;
  return { project: normalizedProject(project), version, python, platforms: platform.split('.') };
}

const architectures: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/** manylinux names from before they held the C library's version. */
const legacy: Readonly<Record<string, readonly [number, number]>> = {
  manylinux1: [2, 5],
  manylinux2010: [2, 12],
  manylinux2014: [2, 17],
};

/** Whether a wheel is for Linux on this processor, whatever its C library. */
export const fitsProcessor = ({ platforms }: WheelName, { arch }: WheelMachine): boolean =>
  platforms.some((platform) => platform === 'any' || libraryWanted(platform, arch) !== undefined);

/** Whether a wheel's libraries load on this machine. */
export const runsOn = ({ platforms }: WheelName, { arch, glibc }: WheelMachine): boolean =>
  platforms.some((platform) => {
    if (platform === 'any') return true;
    const wanted = libraryWanted(platform, arch);
    return wanted !== undefined && glibc !== undefined && compareVersions(glibc, wanted) >= 0;
  });

/** The glibc that a platform tag asks for; undefined for another system or processor. */
function libraryWanted(platform: string, arch: string): readonly [number, number] | undefined {
  const suffix = `_${architectures[arch] ?? arch}`;
  if (!platform.endsWith(suffix)) return undefined;
  const system = platform.slice(0, -suffix.length);
  const [, major, minor] = /^manylinux_(\d+)_(\d+)$/.exec(system) ?? [];
  if (major !== undefined && minor !== undefined) return [Number(major), Number(minor)];
  return system === 'linux' ? [0, 0] : legacy[system];
}

/** Compares versions number by number; what is missing counts as 0. */
export function compareVersions(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
