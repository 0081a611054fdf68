import { unreachable, type Zxid } from '@conclave/protocol';
import type { DurableState, Entry, PersistBatch } from '../src/index.ts';

/** A state of the tree: how many entries of the one sequence it contains, and the zxid of the last. */
export interface Checkpoint {
  readonly zxid: Zxid;
  readonly count: number;
}

/** What survives a crash. */
export class Disk {
  acceptedEpoch = 0;
  currentEpoch = 0;
  entries: Entry[] = [];
  checkpoint: Checkpoint = { zxid: 0 as Zxid, count: 0 };
  trusted = true;

  write(batch: PersistBatch): void {
    for (const operation of batch.operations) {
      switch (operation.type) {
        case 'append':
          for (const entry of operation.entries) {
            const last = this.entries.at(-1);
            if (last !== undefined && last.zxid >= entry.zxid) {
              throw new Error(`append of ${entry.zxid} after ${last.zxid}`);
            }
            this.entries.push(entry);
          }
          break;
        case 'truncate':
          while ((this.entries.at(-1)?.zxid ?? 0) > operation.after) this.entries.pop();
          break;
        case 'epochs':
          this.acceptedEpoch = operation.acceptedEpoch;
          this.currentEpoch = operation.currentEpoch;
          this.trusted = true;
          break;
        default:
          unreachable(operation);
      }
    }
  }

  install(checkpoint: Checkpoint): void {
    this.checkpoint = checkpoint;
    this.entries = [];
  }

  /** A crash took the newest `count` entries, although they were acknowledged. */
  loseTail(count: number): void {
    const lost = Math.min(count, this.entries.length);
    this.entries.length -= lost;
    if (lost > 0) this.trusted = false;
  }

  /** Someone put in a new disk. */
  wipe(): void {
    this.acceptedEpoch = 0;
    this.currentEpoch = 0;
    this.entries = [];
    this.checkpoint = { zxid: 0 as Zxid, count: 0 };
    this.trusted = true;
  }

  /** A log that ends before the checkpoint is of no use: it would get a gap with the next entry. */
  recover(): DurableState {
    if ((this.entries.at(-1)?.zxid ?? 0) < this.checkpoint.zxid) this.entries = [];
    return {
      acceptedEpoch: this.acceptedEpoch,
      currentEpoch: this.currentEpoch,
      checkpointZxid: this.checkpoint.zxid,
      entries: [...this.entries],
      trusted: this.trusted,
    };
  }
}
