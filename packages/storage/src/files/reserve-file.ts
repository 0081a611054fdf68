import { randomFillSync } from 'node:crypto';
import { rmSync } from 'node:fs';
import { type FileHandle, open, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const BLOCK_BYTES = 1024 * 1024;

/**
 * Reserved disk space. When the disk is full it is released, so that there is room to close the databases, to write the
 * last log lines and to start again.
 */
export class ReserveFile {
  readonly #file: string;
  readonly #bytes: number;

  constructor(directory: string, bytes: number) {
    this.#file = join(directory, 'reserve');
    this.#bytes = bytes;
  }

  /** Throws the file system's error (`ENOSPC`, ...). It then leaves no part of the file. */
  async ensure(): Promise<void> {
    const size = await stat(this.#file).then(
      (stats) => stats.size,
      () => -1,
    );
    if (size !== this.#bytes) await this.#create(this.#bytes);
  }

  /** Removes the file synchronously, because the next code that runs after a full disk may need the room. */
  release(): void {
    rmSync(this.#file, { force: true });
  }

  /**
   * Returns whether there is room again. It finds out by writing twice the reserve, and keeps half of it as the new
   * reserve. Without the margin, a storage would be opened again only to fail at the next batch.
   */
  async tryRestore(): Promise<boolean> {
    try {
      const { bavail, bsize } = await statfs(dirname(this.#file));
      if (bavail * bsize < 2 * this.#bytes) return false;
      await this.#create(2 * this.#bytes);
      return true;
    } catch {
      return false;
    }
  }

  async #create(bytes: number): Promise<void> {
    const unfinished = `${this.#file}.new`;
    try {
      const handle = await open(unfinished, 'w');
      try {
        await fill(handle, bytes);
        await handle.truncate(this.#bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(unfinished, this.#file);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  }
}

/** Writes random bytes, because a file system that compresses would reserve no room for zeros. */
async function fill(handle: FileHandle, bytes: number): Promise<void> {
  const block = randomFillSync(new Uint8Array(Math.min(bytes, BLOCK_BYTES)));
  for (let at = 0; at < bytes; ) {
    const { bytesWritten } = await handle.write(block, 0, Math.min(block.length, bytes - at), at);
    at += bytesWritten;
  }
  await handle.sync();
}
