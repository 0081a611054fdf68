export interface StorageOptions {
  /** It is created if it does not exist. One open storage uses it at a time. */
  readonly directory: string;

  /**
   * Disk space reserved for an orderly shutdown when the disk is full, in bytes; default: 16 MiB. Twice as much must be
   * free before `onRoom` is called.
   */
  readonly reserveBytes?: number;

  /** How often to look for room after a failure, in milliseconds; default: 1000. Each look may write the reserve. */
  readonly pollRoomMs?: number;

  /**
   * The size at which SQLite's write-ahead logs are moved into their database files, in bytes; default: 8 MiB for each.
   * More means rarer and longer pauses of the log (some milliseconds for 8 MiB), and more to read when opening after a
   * crash.
   */
  readonly walBytesMax?: number;

  /**
   * The most bytes that may be submitted and not yet persisted; default: 256 MiB. Above it the storage fails with
   * `QUEUE_FULL`. A server that bounds its outstanding requests gets there only if the disk stands still.
   */
  readonly pendingBytesMax?: number;

  /** A snapshot that is not read for this long is released, in milliseconds; default: 60 000. */
  readonly snapshotIdleMs?: number;

  /** Runs a function once after a delay, and returns a function that cancels it; default: `setTimeout`. */
  readonly schedule?: (run: () => void, delayMs: number) => () => void;
}

export type ResolvedStorageOptions = Required<StorageOptions>;

const MIB = 1024 * 1024;

/** Fills in the defaults. Throws `RangeError` for a size or a time that is not a positive integer. */
export function resolveStorageOptions(options: StorageOptions): ResolvedStorageOptions {
  const resolved: ResolvedStorageOptions = {
    directory: options.directory,
    reserveBytes: options.reserveBytes ?? 16 * MIB,
    pollRoomMs: options.pollRoomMs ?? 1000,
    walBytesMax: options.walBytesMax ?? 8 * MIB,
    pendingBytesMax: options.pendingBytesMax ?? 256 * MIB,
    snapshotIdleMs: options.snapshotIdleMs ?? 60_000,
    schedule: options.schedule ?? scheduleByTimer,
  };
  for (const [name, value] of Object.entries(resolved)) {
    if (typeof value === 'number' && !(Number.isSafeInteger(value) && value > 0)) {
      throw new RangeError(`${name} must be a positive integer, not ${value}`);
    }
  }
  return resolved;
}

function scheduleByTimer(run: () => void, delayMs: number): () => void {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}
