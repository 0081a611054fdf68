import { readdir, readFile } from 'node:fs/promises';

/** The file descriptors of this process. */
export interface OpenFiles {
  readonly open: number;
  readonly max: number;
}

/** Returns undefined where there is no `/proc`, as outside Linux. */
export async function openFiles(): Promise<OpenFiles | undefined> {
  try {
    const [open, limits] = await Promise.all([
      readdir('/proc/self/fd'),
      readFile('/proc/self/limits', 'utf8'),
    ]);
    const max = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return max === undefined ? undefined : { open: open.length, max: Number(max) };
  } catch {
    return undefined;
  }
}
