import { crc32 } from 'node:zlib';
import { CheckpointError } from '@tessera/core';
import { ByteFile, type FileSection } from './byteFile.js';
import { contentStart, damaged, readZipDirectory, type ZipKind, type ZipMember } from './zipDirectory.js';

/** The most that a member read as text may have: texts are vocabularies and settings. */
const mostText = 1 << 28;
/** Bytes read at a time. */
const piece = 1 << 24;

/**
 * A zip file whose members are stored as they are, open for reading. Nothing of it is ever written to the disk, so that
 * no name of a member can lead anywhere.
 */
export class ZipFile {
  private readonly file: ByteFile;
  private readonly members: ReadonlyMap<string, ZipMember>;

  /** Opens a file. Throws CheckpointError when it is damaged, or its members say that they have more bytes than it. */
  constructor(
    readonly path: string,
    kind: ZipKind,
  ) {
    this.file = new ByteFile(path);
    try {
      this.members = readZipDirectory(this.file, kind);
      this.requireRoom();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Names of the members, in the file's order. */
  get names(): readonly string[] {
    return [...this.members.keys()];
  }

  /** A member as UTF-8 text, its checksum compared; undefined where there is none. Throws CheckpointError. */
  readText(name: string): string | undefined {
    const section = this.section(name);
    if (!section) return undefined;
    if (section.size > mostText)
      throw new CheckpointError(
        `${this.path}: ${name} must have at most ${mostText} bytes, got ${section.size}. It is no text of a model.`,
      );
    const bytes = this.file.read(section.start, section.size);
    if (crc32(bytes) !== this.members.get(name)?.crc) throw damaged(this.file);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch (cause) {
      throw new CheckpointError(`${this.path}: ${name} must be UTF-8 text, got other bytes. The file is damaged.`, {
        cause,
      });
    }
  }

  /** Where a member's content lies, to be read while this file is open; undefined where there is none. */
  section(name: string): FileSection | undefined {
    const member = this.members.get(name);
    if (!member) return undefined;
    const start = contentStart(this.file, member.header);
    if (start + member.size > this.file.size) throw damaged(this.file);
    return { file: this.file, start, size: member.size };
  }

  /** Compares the checksum of a member, read piece by piece. Throws CheckpointError when it is another. */
  verify(name: string): void {
    const section = this.section(name);
    let checksum = 0;
    for (let at = 0; section && at < section.size; at += piece) {
      checksum = crc32(this.file.read(section.start + at, Math.min(piece, section.size - at)), checksum);
    }
    if (checksum !== (this.members.get(name)?.crc ?? 0)) throw damaged(this.file);
  }

  /** Closes the file. Safe to call twice. */
  close(): void {
    this.file.close();
  }

  /** Members that share bytes would be a way to make a small file fill the memory. */
  private requireRoom(): void {
    const spans = [...this.members.values()].sort((a, b) => a.header - b.header);
    let end = 0;
    for (const { header, size } of spans) {
      if (header < end) throw damaged(this.file);
      end = contentStart(this.file, header) + size;
    }
    if (!(end <= this.file.size)) throw damaged(this.file);
  }
}
