// What a PyTorch checkpoint's pickle may make: tensors over storages, ordered dictionaries, and numbers as NumPy has them.
// Source: PyTorch, torch/serialization.py and torch/_utils.py.
import { CheckpointError } from '@tessera/core';
import { globalName, type PickleFault, type PickleObject, type PickleValue, type PickleVocabulary } from './pickle.js';
import { bytesPerElement, type SafetensorsType } from './safetensors.js';
import type { TensorInfo } from './tensorFile.js';

/** Storage classes of torch by what they hold. */
const storageTypes: Readonly<Record<string, SafetensorsType>> = {
  'torch.DoubleStorage': 'F64',
  'torch.FloatStorage': 'F32',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.LongStorage': 'I64',
  'torch.IntStorage': 'I32',
  'torch.ShortStorage': 'I16',
  'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
};

/** Elements in a member of the zip file. */
export class PytorchStorage implements PickleObject {
  readonly kind = 'storage';
  readonly elementSize: number;
  constructor(
    readonly key: string,
    readonly dtype: SafetensorsType,
    readonly length: number,
  ) {
    this.elementSize = bytesPerElement[dtype];
  }
}

/** A view into a storage. */
export class PytorchTensor implements PickleObject, TensorInfo {
  readonly kind = 'tensor';
  readonly dtype: SafetensorsType;
  /** Elements from its first to its last in the storage. */
  readonly span: number;
  constructor(
    readonly storage: PytorchStorage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {
    this.dtype = storage.dtype;
    this.span = shape.includes(0) ? 0 : shape.reduce((last, size, axis) => last + (size - 1) * (strides[axis] ?? 0), 1);
  }
}

/** A value without a meaning here. */
const letGo: PickleObject = { kind: 'let go' };

const isCount = (value: PickleValue | undefined): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isCounts = (value: PickleValue | undefined): value is readonly number[] =>
  Array.isArray(value) && value.every(isCount);

/** What a checkpoint of PyTorch may name. `place` is the file, for messages. */
export function pytorchVocabulary(place: string): PickleVocabulary {
  const damaged = (what: string): CheckpointError =>
    new CheckpointError(`${place}: ${what} in it is damaged. Copy or save it again.`);
  const uncalled = (): never => {
    throw damaged('a storage');
  };
  const rebuildTensor = (args: readonly PickleValue[]): PytorchTensor => {
    const [storage, offset, shape, strides] = args;
    const valid =
      storage instanceof PytorchStorage &&
      isCount(offset) &&
      isCounts(shape) &&
      isCounts(strides) &&
      shape.length === strides.length;
    if (!valid) throw damaged('a tensor');
    const tensor = new PytorchTensor(storage, offset, shape, strides);
    // A view with more elements than its storage, as of expand(), could claim any amount of memory.
    const elements = shape.reduce((product, size) => product * size, 1);
    if (elements > storage.length || offset + tensor.span > storage.length) throw damaged('a tensor');
    return tensor;
  };
  const rebuildParameter = ([tensor]: readonly PickleValue[]): PickleValue => {
    if (!(tensor instanceof PytorchTensor)) throw damaged('a parameter');
    return tensor;
  };
  const orderedDictionary = ([pairs = []]: readonly PickleValue[]): PickleValue => {
    if (!Array.isArray(pairs)) throw damaged('a dictionary');
    return new Map(pairs as [PickleValue, PickleValue][]);
  };
  return {
    globals: new Map<string, (args: readonly PickleValue[]) => PickleValue>([
      ['torch._utils._rebuild_tensor_v2', rebuildTensor],
      ['torch._utils._rebuild_parameter', rebuildParameter],
      ['collections.OrderedDict', orderedDictionary],
      ['torch.Size', ([sizes = []]) => sizes],
      ...Object.keys(storageTypes).map((name) => [name, uncalled] as const),
      ...numpyNumbers.map((name) => [name, () => letGo] as const),
    ]),
    persistent: (id) => storageOf(id, damaged),
    // Attributes of a dictionary (`_metadata` of a state dict) and of what is let go are let go; nothing else takes any.
    build: (value) => value instanceof Map || value === letGo,
    encoding: 'utf-8',
    error: (fault) => new CheckpointError(`${place}: ${describeFault(fault)}`),
  };
}

function describeFault(fault: PickleFault): string {
  switch (fault.kind) {
    case 'global':
      return refusal(`the global "${fault.name}"`);
    case 'instruction':
      return refusal(`the instruction ${fault.code}`);
    case 'use':
      return refusal(fault.what);
    case 'damage':
      return `the pickle in it is damaged, got an instruction that cannot be followed at byte ${fault.at}. Copy or save it again.`;
  }
}

const refusal = (got: string): string =>
  `a checkpoint may hold tensors, numbers, texts, lists and dictionaries only, got ${got}. ` +
  'Loading such a file in Python may run code: if you trust it, save its parameters there with torch.save(model.state_dict(), "weights.pt").';

/** facebookresearch/mmbt keeps its best metric as one of these beside the parameters. */
const numpyNumbers = ['numpy.core.multiarray.scalar', 'numpy._core.multiarray.scalar', 'numpy.dtype', '_codecs.encode'];

/** ('storage', type, key, device, length) → the storage. */
function storageOf(id: PickleValue, damaged: (what: string) => CheckpointError): PytorchStorage {
  const [tag, type, key, , length] = Array.isArray(id) ? (id as readonly PickleValue[]) : [];
  const dtype = storageTypes[globalName(type) ?? ''];
  const valid = tag === 'storage' && dtype !== undefined && typeof key === 'string' && isCount(length);
  if (!valid || !/^\d+$/.test(key)) throw damaged('a storage');
  return new PytorchStorage(key, dtype, length);
}
