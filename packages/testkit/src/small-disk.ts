import { execFile } from 'node:child_process';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryDirectory } from './temporary-directory.ts';

const run = promisify(execFile);

/** Resolves to why no file system can be mounted here, or to `undefined` if one can. */
export async function mountMissing(): Promise<string | undefined> {
  await using directory = await temporaryDirectory();
  try {
    await using _ = await SmallDisk.mount(directory.path, 1);
    return undefined;
  } catch (error) {
    return `no tmpfs can be mounted: ${error instanceof Error ? error.message.trim() : error}`;
  }
}

/** A file system in memory, mounted over a folder, that can be filled up and emptied again. */
export class SmallDisk implements AsyncDisposable {
  readonly #directory: string;
  readonly #filler: string;

  static async mount(directory: string, megabytes: number): Promise<SmallDisk> {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'conclave-test', directory]);
    return new SmallDisk(directory);
  }

  private constructor(directory: string) {
    this.#directory = directory;
    this.#filler = join(directory, 'filler');
  }

  /** Fills the disk to the last block. */
  async fill(): Promise<void> {
    await using file = await open(this.#filler, 'a');
    for (let bytes = 1024 * 1024; bytes >= 1024; ) {
      try {
        const { bytesWritten } = await file.write(new Uint8Array(bytes));
        if (bytesWritten < bytes) bytes >>= 1;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
        bytes >>= 1;
      }
    }
  }

  async makeRoom(): Promise<void> {
    await rm(this.#filler, { force: true });
  }

  /** Rejects if a process has files open on the disk. */
  async [Symbol.asyncDispose](): Promise<void> {
    await run('umount', [this.#directory]);
  }
}
