import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The files that hold state. The lock and the reserve stay. */
const STATE_FILE = /^(log|checkpoint)\./;

/**
 * Moves the state in `directory` into its sub-directory `name`, and replaces the state that an earlier call put there.
 * The next `openStorage` then finds an empty disk, and the old state can still be examined. The storage must be closed.
 */
export async function setStorageAside(directory: string, name: string): Promise<void> {
  const aside = join(directory, name);
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside, { recursive: true });
  // The checkpoint is moved first, because a log without its checkpoint is refused or distrusted after a crash in
  // between. A checkpoint without its log would be accepted.
  for (const file of (await readdir(directory)).sort()) {
    if (STATE_FILE.test(file)) await rename(join(directory, file), join(aside, file));
  }
}
