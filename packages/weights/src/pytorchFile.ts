import { CheckpointError } from '@tessera/core';
import { ByteFile } from './byteFile.js';
import { readPickle } from './pickle.js';
import { decodeToFloat32 } from './safetensors.js';
import { pytorchVocabulary, type PytorchTensor } from './pytorchObjects.js';
import { stateDictOf } from './stateDict.js';
import { gatherStrided } from './strides.js';
import type { TensorFile } from './tensorFile.js';
import { readMember, readZipDirectory, type ZipMember } from './zipDirectory.js';

/**
 * A checkpoint as torch.save writes it (`.pt`, `.pth`, `.bin`; a zip file since PyTorch 1.6). Its pickle may make tensors
 * and nothing else. Where the checkpoint holds more than parameters, those below `state_dict` or `model` count.
 */
export class PytorchFile implements TensorFile {
  readonly format = 'pytorch';
  readonly metadata: Readonly<Record<string, string>> = {};
  readonly tensors: ReadonlyMap<string, PytorchTensor>;
  private readonly file: ByteFile;
  private readonly members: ReadonlyMap<string, ZipMember>;
  private readonly folder: string;

  /** Opens a file. Throws CheckpointError when it is damaged, of the old format, or asks for more than tensors. */
  constructor(readonly description: string) {
    this.file = new ByteFile(description);
    try {
      requireZip(this.file);
      this.members = readZipDirectory(this.file);
      this.folder = folderOf(this.members, description);
      requireLittleEndian(this.file, this.members.get(`${this.folder}byteorder`));
      const pickle = readMember(this.file, this.member('data.pkl'));
      this.tensors = stateDictOf(readPickle(pickle, pytorchVocabulary(description)), description);
      for (const [name, tensor] of this.tensors) this.requireStorage(name, tensor);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  read(name: string): { readonly shape: readonly number[]; readonly values: Float32Array } | undefined {
    const tensor = this.tensors.get(name);
    if (!tensor) return undefined;
    const { storage, shape, strides, offset, span } = tensor;
    const { elementSize, key, dtype } = storage;
    const bytes = readMember(this.file, this.member(`data/${key}`), offset * elementSize, span * elementSize);
    return { shape, values: gatherStrided(decodeToFloat32(bytes, dtype), shape, strides) };
  }

  close(): void {
    this.file.close();
  }

  private member(name: string): ZipMember {
    const member = this.members.get(`${this.folder}${name}`);
    if (member) return member;
    throw new CheckpointError(
      `${this.description}: must hold ${name}, got a zip file without it. Save it with torch.save.`,
    );
  }

  private requireStorage(name: string, { storage, offset, span }: PytorchTensor): void {
    const { size } = this.member(`data/${storage.key}`);
    const needed = (offset + span) * storage.elementSize;
    if (needed <= size) return;
    throw new CheckpointError(
      `${this.description}: tensor "${name}" must lie within its storage, got ${needed} bytes of ${size}. The file is damaged.`,
    );
  }
}

function requireZip(file: ByteFile): void {
  const [first, second] = file.read(0, Math.min(2, file.size));
  if (first === 0x50 && second === 0x4b) return;
  const isPickle = first === 0x80;
  throw new CheckpointError(
    isPickle
      ? `${file.path}: must be a zip file as torch.save writes it since PyTorch 1.6, got the older format or a bare pickle. Convert it in Python: torch.save(torch.load("old.pt", weights_only=True), "new.pt").`
      : `${file.path}: must be a PyTorch checkpoint (a zip file), got something else. Give a .pt, .pth or .bin file that torch.save wrote.`,
  );
}

/** What stands before `data.pkl`: the name that the file was saved under, its slash included. */
function folderOf(members: ReadonlyMap<string, ZipMember>, path: string): string {
  const names = [...members.keys()];
  const found = names.find((name) => /^([^/]+\/)?data\.pkl$/.test(name));
  if (found === undefined) {
    throw new CheckpointError(
      `${path}: must hold data.pkl, as torch.save writes it, got a zip file without it. Give the file of the weights.`,
    );
  }
  const folder = found.slice(0, -'data.pkl'.length);
  if (!names.includes(`${folder}constants.pkl`)) return folder;
  throw new CheckpointError(
    `${path}: must hold parameters alone, got a TorchScript program. Save its parameters in Python: torch.save(module.state_dict(), "weights.pt").`,
  );
}

function requireLittleEndian(file: ByteFile, member: ZipMember | undefined): void {
  if (!member || new TextDecoder().decode(readMember(file, member)) === 'little') return;
  throw new CheckpointError(
    `${file.path}: must be little endian, got numbers of a big-endian machine. Save it as safetensors there.`,
  );
}
