import type { StorageError } from '../src/errors.ts';
import type { PersistBatch, PersistOperation, Storage } from '../src/storage.ts';

/** The owner of a storage as a test has it: it numbers batches, waits for them, and remembers what was reported. */
export class Owner {
  readonly storage: Storage;
  readonly persisted: number[] = [];
  readonly failures: StorageError[] = [];
  rooms = 0;
  #sequence = 0;
  #waiting: (() => void)[] = [];

  constructor(storage: Storage) {
    this.storage = storage;
    storage.onPersisted = (sequence) => {
      this.persisted.push(sequence);
      this.#wake();
    };
    storage.onFailure = (error) => {
      this.failures.push(error);
      this.#wake();
    };
    storage.onRoom = () => {
      this.rooms++;
      this.#wake();
    };
  }

  /** Submits one batch and returns its sequence. */
  submit(...operations: PersistOperation[]): number {
    const batch: PersistBatch = { sequence: ++this.#sequence, operations };
    this.storage.submit(batch);
    return batch.sequence;
  }

  /** Submits one batch and waits until it is persisted. */
  async persist(...operations: PersistOperation[]): Promise<void> {
    const sequence = this.submit(...operations);
    await this.until(() => this.isPersisted(sequence) || this.failures.length > 0);
    if (!this.isPersisted(sequence)) throw this.failures[0];
  }

  isPersisted(sequence: number): boolean {
    return (this.persisted.at(-1) ?? 0) >= sequence;
  }

  /** Waits for a callback after which the condition holds. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
