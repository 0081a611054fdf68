import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string;
}

/**
 * Creates a folder below `parent` (default: the system's temporary folder). Disposal removes it with its contents. If the
 * variable CONCLAVE_KEEP_FOLDERS is set, disposal keeps it and writes its path to standard error: after a failed test the
 * data and the logs of its servers are there.
 */
export async function temporaryDirectory(parent: string = tmpdir()): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(parent, 'conclave-'));
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      if ((process.env.CONCLAVE_KEEP_FOLDERS ?? '') !== '') process.stderr.write(`kept ${path}\n`);
      // A process that was just killed may still be writing its last file.
      else await rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    },
  };
}
