import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** What holds state; the lock and the reserve stay. */
const STATE_FILE = /^(log|checkpoint)\./;

/**
 * Moves the state that is in `directory` into its sub-directory `name`, replacing what an earlier call put there,
 * so that the next `openStorage` finds an empty disk and the old state can still be looked at. The storage must
 * be closed.
 */
export async function setStorageAside(directory: string, name: string): Promise<void> {
  const aside = join(directory, name);
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside, { recursive: true });
  // The checkpoint goes first: a log without it is refused or distrusted, whereas it would be good without a log.
  for (const file of (await readdir(directory)).sort()) {
    if (STATE_FILE.test(file)) await rename(join(directory, file), join(aside, file));
  }
}
