export {
  CorruptCheckpointError,
  CorruptLogError,
  DirectoryLockedError,
  StorageError,
  type StorageErrorCode,
} from './errors.ts';
export { MemoryDisk, type MemoryDiskOptions } from './memory-disk.ts';
export { openMemoryStorage } from './memory-storage.ts';
export { openStorage } from './open-storage.ts';
export { setStorageAside } from './set-aside.ts';
export { SNAPSHOT_CHUNK_BYTES_MAX } from './snapshot-codec.ts';
export type {
  CheckpointRow,
  CheckpointRows,
  LogEntry,
  PersistBatch,
  PersistOperation,
  Recovered,
  RecoveryNote,
  Snapshot,
  SnapshotInstall,
  Storage,
} from './storage.ts';
export type { StorageOptions } from './storage-options.ts';
