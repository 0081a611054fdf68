import { formatZxid, unreachable, type Zxid } from '@conclave/protocol';
import { StorageError } from '../errors.ts';
import { continues } from '../log/zxid-order.ts';
import type { LogEntry, PersistBatch } from '../storage.ts';
import { cutAfter, endOf, type MemoryContent } from './memory-disk.ts';

export function endOfLog(content: MemoryContent): Zxid {
  const last = content.batches[content.batches.length - 1];
  return last === undefined ? content.base : endOf(last);
}

/** Applies all of the batches, or throws `OUT_OF_ORDER` and applies none. */
export function applyBatches(content: MemoryContent, batches: readonly PersistBatch[]): void {
  let { acceptedEpoch, currentEpoch, lost } = content;
  let last = endOfLog(content);
  let kept: MemoryContent['batches'] | undefined;
  let appended: (readonly LogEntry[])[] = [];
  for (const operation of batches.flatMap((batch) => batch.operations)) {
    switch (operation.type) {
      case 'append':
        if (operation.entries.length === 0) break;
        for (const { zxid } of operation.entries) {
          if (!continues(last, zxid))
            throw outOfOrder(`an entry ${formatZxid(zxid)} after ${formatZxid(last)}`);
          last = zxid;
        }
        appended.push(operation.entries);
        break;
      case 'truncate': {
        if (operation.after >= last) break;
        if (operation.after < content.base) {
          throw outOfOrder(`truncate after ${formatZxid(operation.after)}, below the log's base`);
        }
        kept = cutAfter([...(kept ?? content.batches), ...appended], operation.after);
        appended = [];
        last = kept.length > 0 ? endOf(kept[kept.length - 1] ?? []) : content.base;
        break;
      }
      case 'epochs':
        if (operation.acceptedEpoch < acceptedEpoch || operation.currentEpoch < currentEpoch) {
          throw outOfOrder(`epochs ${operation.acceptedEpoch}/${operation.currentEpoch} go back`);
        }
        ({ acceptedEpoch, currentEpoch } = operation);
        if (acceptedEpoch === currentEpoch) lost = false;
        break;
      default:
        unreachable(operation);
    }
  }
  content.batches = kept ?? content.batches;
  for (const entries of appended) content.batches.push(entries);
  content.acceptedEpoch = acceptedEpoch;
  content.currentEpoch = currentEpoch;
  content.lost = lost;
}

export function purgeBatches(content: MemoryContent, through: Zxid): void {
  let count = 0;
  for (const batch of content.batches) {
    if (endOf(batch) > through) break;
    content.base = endOf(batch);
    count++;
  }
  content.batches.splice(0, count);
}

export function clearBatches(content: MemoryContent, base: Zxid): void {
  content.base = base;
  content.batches = [];
}

function outOfOrder(problem: string): StorageError {
  return new StorageError('OUT_OF_ORDER', problem);
}
