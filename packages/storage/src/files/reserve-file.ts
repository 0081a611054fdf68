import { randomFillSync } from 'node:crypto';
import { rmSync } from 'node:fs';
import { type FileHandle, open, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const BLOCK_BYTES = 1024 * 1024;

/**
 * Disk space kept aside. When the disk is full it is given back, so that there is room to close the databases, write
 * the last log lines and start again.
 */
export class ReserveFile {
  readonly #file: string;
  readonly #bytes: number;

  constructor(directory: string, bytes: number) {
    this.#file = join(directory, 'reserve');
    this.#bytes = bytes;
  }

  /** Throws the file system's error (`ENOSPC`, ...) and leaves no part of the file then. */
  async ensure(): Promise<void> {
    const size = await stat(this.#file).then(
      (stats) => stats.size,
      () => -1,
    );
    if (size !== this.#bytes) await this.#create(this.#bytes);
  }

  /** At once, since whoever is told of the full disk next may need the room. */
  release(): void {
    rmSync(this.#file, { force: true });
  }

  /**
   * Whether there is room again, found out by writing: twice the reserve, of which half is kept as the new
   * reserve. Without the margin a storage would open again only to fail at the next batch.
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

/** Random bytes: a file system that compresses would keep no room for zeros. */
async function fill(handle: FileHandle, bytes: number): Promise<void> {
  const block = randomFillSync(new Uint8Array(Math.min(bytes, BLOCK_BYTES)));
  for (let at = 0; at < bytes; ) {
    const { bytesWritten } = await handle.write(block, 0, Math.min(block.length, bytes - at), at);
    at += bytesWritten;
  }
  await handle.sync();
}
