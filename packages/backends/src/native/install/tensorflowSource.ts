// Where TensorFlow's library and headers come from: an installation that is there, a wheel file, or the package index.
import { existsSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { BackendError } from '@tessera/core';
import type { NativeInstall, NativeVariant } from '../nativeInstalls.js';
import { provideCuda } from './cudaWheels.js';
import { extractWheel } from './extractWheel.js';
import { fetchWheel, type PlaceOptions } from './fetchWheel.js';
import { pythonTensorflow, takeFromPython } from './fromPython.js';
import { chooseIndex, findWheel } from './packageIndex.js';
import { linkFolder, tensorflowPlace } from './tensorflowFiles.js';
import { parseRelease } from './versionRange.js';
import { compareVersions, parseWheelName } from './wheelName.js';

/** The version that is taken unless another one is asked for. */
export const TENSORFLOW_VERSION = '2.21.0';

/** Older ones are not downloaded: their wheels lack the library, or want other versions of CUDA. */
const OLDEST = [2, 18] as const;

/** A TensorFlow that can be had. */
export interface TensorflowSource {
  readonly version: string;
  /** A few words, for `backend list`. */
  readonly origin: string;
  /** Bytes that it takes on the disk, with what is downloaded. */
  readonly bytes: number;
  /** Puts `lib`, `include` and, for the GPU, `nvidia` into an installation's folder. */
  place(folder: string, options: PlaceOptions): Promise<void>;
}

/** Of the library, the headers and the wheel together, measured with 2.21 and rounded up; with CUDA's wheels. */
const diskBytes: Readonly<Record<NativeVariant, number>> = { cpu: 1.6e9, gpu: 9e9 };

/** Takes what another installation of the same TensorFlow has: hard links, no download. */
export const fromInstall = ({ folder: from, tensorflow, origin }: NativeInstall): TensorflowSource => ({
  version: tensorflow,
  origin,
  bytes: 50e6,
  place: (folder, { onStep }) => {
    onStep?.(`taking TensorFlow ${tensorflow} from ${from}`);
    for (const part of ['lib', 'include', 'objects', 'nvidia']) {
      if (existsSync(join(from, part))) linkFolder(join(from, part), join(folder, part));
    }
    rmSync(join(folder, 'lib/tfjs_binding.node'), { force: true });
    return Promise.resolve();
  },
});

/**
 * Takes a wheel file.
 * @throws BackendError for a file that is none of TensorFlow's wheels for this machine
 */
export function fromWheel(wheel: string, variant: NativeVariant): TensorflowSource {
  const file = resolve(wheel);
  const name = parseWheelName(basename(file));
  const fits = name?.project === 'tensorflow' || (name?.project === 'tensorflow-cpu' && variant === 'cpu');
  if (!name || !fits || !existsSync(file)) {
    const form = variant === 'gpu' ? 'tensorflow-VERSION-….whl' : 'tensorflow_cpu-VERSION-….whl';
    throw new BackendError(
      `backend install: wheel must be a file named ${form}, got wheel="${wheel}"${existsSync(file) ? '' : ', which is not there'}. ` +
        `pip download --no-deps --only-binary=:all: ${variant === 'gpu' ? 'tensorflow' : 'tensorflow-cpu'}==${TENSORFLOW_VERSION} fetches one.`,
    );
  }
  return {
    version: name.version,
    origin: basename(file),
    bytes: diskBytes[variant],
    place: (folder, options) => unpack(file, folder, options),
  };
}

/**
 * Downloads the wheel from the package index.
 * @throws BackendError for a version that is too old
 */
export function fromIndex(version: string, variant: NativeVariant): TensorflowSource {
  const release = parseRelease(version);
  if (release && compareVersions(release, OLDEST) < 0) {
    throw new BackendError(
      `backend install: --tensorflow must be ${OLDEST.join('.')} or newer, got tensorflow=${version}. ` +
        `Leave it out for ${TENSORFLOW_VERSION}, which Tessera's tests run on.`,
    );
  }
  return { version, origin: 'package index', bytes: diskBytes[variant], place: placeFromIndex(version, variant) };
}

const placeFromIndex =
  (version: string, variant: NativeVariant): TensorflowSource['place'] =>
  async (folder, options) => {
    if (variant === 'gpu' && options.machine.arch !== 'x64') throw noCuda(options.machine.arch);
    const index = await chooseIndex(options.index, options.machine.environment);
    // There is no tensorflow-cpu for arm64; there the plain package is the build without CUDA.
    const projects = variant === 'gpu' ? ['tensorflow'] : ['tensorflow-cpu', 'tensorflow'];
    const wheel = await findWheel(index, { projects, version, machine: options.machine });
    const file = await fetchWheel(wheel, options);
    await unpack(file, folder, { ...options, index });
  };

const noCuda = (arch: string): BackendError =>
  new BackendError(
    `backend install: TensorFlow's wheels with CUDA are for x64, got ${arch}. ` +
      'Take a build of your own with --from-python PYTHON, or install without --gpu.',
  );

/**
 * Takes what a Python interpreter's environment has.
 * @throws BackendError when it has no TensorFlow, or a build without CUDA where one with CUDA is wanted
 */
export async function fromEnvironment(python: string, variant: NativeVariant): Promise<TensorflowSource> {
  const found = await pythonTensorflow(python);
  if (variant === 'gpu' && found.variant === 'cpu') {
    throw new BackendError(
      `backend install: --gpu needs a TensorFlow with CUDA, got one without it (${found.version} in ${found.folder}). ` +
        `Install it there (${python} -m pip install "tensorflow[and-cuda]"), or leave --from-python out to download it.`,
    );
  }
  return {
    version: found.version,
    origin: python,
    bytes: diskBytes[variant],
    place: async (folder, options) => {
      options.onStep?.(`taking TensorFlow ${found.version} from ${found.folder}`);
      takeFromPython(found, folder);
      if (variant === 'cpu') return;
      const packages = dirname(found.folder);
      if (existsSync(join(packages, 'nvidia'))) linkFolder(join(packages, 'nvidia'), join(folder, 'nvidia'));
      await provideCuda(join(packages, `tensorflow-${found.version}.dist-info/METADATA`), folder, options);
    },
  };
}

/** Where the wheel's list of requirements goes; CUDA's libraries are chosen by it. */
const METADATA = 'tensorflow-metadata.txt';

async function unpack(file: string, folder: string, options: PlaceOptions): Promise<void> {
  options.onStep?.(`unpacking ${basename(file)}`);
  const place = (name: string): string | undefined =>
    name.endsWith('.dist-info/METADATA') ? METADATA : tensorflowPlace(name);
  const written = await extractWheel(file, folder, place, (done, total) =>
    options.onProgress?.('unpacking', done, total, 'bytes'),
  );
  if (!written.includes('lib/libtensorflow_cc.so.2')) {
    throw new BackendError(
      `backend install: the wheel must hold tensorflow/libtensorflow_cc.so.2, got ${basename(file)} without it. ` +
        `Take another version, such as --tensorflow ${TENSORFLOW_VERSION}.`,
    );
  }
  if (options.variant === 'gpu') await provideCuda(join(folder, METADATA), folder, options);
}
