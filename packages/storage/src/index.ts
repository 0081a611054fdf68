export { SNAPSHOT_CHUNK_BYTES_MAX } from './checkpoint/snapshot-codec.ts';
export {
  CorruptCheckpointError,
  CorruptLogError,
  DirectoryLockedError,
  StorageError,
  type StorageErrorCode,
} from './errors.ts';
export { setStorageAside } from './files/set-aside.ts';
export { MemoryDisk, type MemoryDiskOptions } from './memory/memory-disk.ts';
export { openMemoryStorage } from './memory/memory-storage.ts';
export { openStorage } from './sqlite/open-storage.ts';
export type { StorageOptions } from './sqlite/storage-options.ts';
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
  StorageUsage,
} from './storage.ts';
