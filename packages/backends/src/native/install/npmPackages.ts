// The npm packages that an installation holds. npm itself fetches them, with its own registry, proxy and credentials, as
// plain archives: none of their scripts ever runs, and what they depend on stays away.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BackendError } from '@tessera/core';
import { TFJS_VERSION } from '../nativeInstalls.js';
import { lastLines, runProgram } from './runProgram.js';

interface NpmPackage {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
}

/** With the hashes that the registry published. */
const packages: readonly NpmPackage[] = [
  {
    name: '@tensorflow/tfjs-node-gpu',
    version: TFJS_VERSION,
    integrity: 'sha512-p//NN6DGiN4hInUmIkRffaFVMcdTREUMjPyjW04J7OXvB2zBlQimj61eFKSgRrH3f5TnOfKzb0n56he/B6a4bw==',
  },
  {
    name: 'google-protobuf',
    version: '3.21.4',
    integrity: 'sha512-MnG7N936zcKTco4Jd2PX2U96Kf9PxygAPKBug+74LHzmHXmceN16MmRcdgZv+DGef/S9YvQAfRsNCn4cjf9yyQ==',
  },
];

/** Unpacks the packages into `modules`, a node_modules folder. */
export async function addNpmPackages(modules: string): Promise<void> {
  mkdirSync(modules, { recursive: true });
  const archives = mkdtempSync(join(modules, '.archives-'));
  try {
    for (const wanted of packages) await unpack(await download(wanted, archives), join(modules, wanted.name));
  } finally {
    rmSync(archives, { recursive: true, force: true });
  }
}

async function download({ name, version, integrity }: NpmPackage, folder: string): Promise<string> {
  const what = `${name}@${version}`;
  const result = await runProgram('npm', ['pack', '--ignore-scripts', '--silent', what], { cwd: folder });
  if (result.code !== 0) {
    throw new BackendError(
      `backend install: npm must fetch ${what}, got: ${lastLines(result, 4)}. Check npm's registry (npm config get registry).`,
    );
  }
  const archive = join(folder, result.stdout.trim().split('\n').at(-1) ?? '');
  const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (found === integrity) return archive;
  throw new BackendError(
    `backend install: ${what} must have the published hash, got ${found}. The registry or something on the way changed it.`,
  );
}

async function unpack(archive: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const result = await runProgram('tar', ['-xzf', archive, '-C', folder, '--strip-components=1']);
  if (result.code !== 0)
    throw new BackendError(`backend install: tar must unpack ${archive}, got: ${lastLines(result)}`);
}
