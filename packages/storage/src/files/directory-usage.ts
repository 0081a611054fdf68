import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { StorageUsage } from '../storage.ts';

/** The bytes of all files below `directory`, and when `checkpointFile` there was last written. */
export async function directoryUsage(directory: string, checkpointFile: string): Promise<StorageUsage> {
  const found = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of found) {
    // A file may be deleted between the listing and this.
    if (entry.isFile()) bytes += (await statOf(join(entry.parentPath, entry.name)))?.size ?? 0;
  }
  // The latest commit may still be in the write-ahead log beside the file.
  const files = [checkpointFile, `${checkpointFile}-wal`].map((file) => statOf(join(directory, file)));
  const writtenMs = Math.max(...(await Promise.all(files)).map((file) => file?.mtimeMs ?? -1));
  return { bytes, checkpointMs: writtenMs < 0 ? undefined : writtenMs };
}

function statOf(file: string) {
  return stat(file).catch(() => undefined);
}
