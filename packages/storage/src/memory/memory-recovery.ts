import { CorruptLogError } from '../errors.ts';
import { reconcile } from '../reconcile.ts';
import type { Recovered, RecoveryNote } from '../storage.ts';
import { cutAfter, endOf, type MemoryDisk } from './memory-disk.ts';
import { endOfLog } from './memory-log.ts';

const LOG_FILE = 'log (in memory)';

/** Recovers a simulated disk as opening recovers a real one, with the same result. */
export function recoverMemory(disk: MemoryDisk): Recovered {
  const { content } = disk;
  const notes: RecoveryNote[] = [];
  const lostBefore = content.lost;
  const damaged = content.batches.findIndex((batch) => batch.some((entry) => disk.isDamaged(entry)));
  if (damaged >= 0) {
    const afterZxid = damaged > 0 ? endOf(content.batches[damaged - 1] ?? []) : content.base;
    if (damaged < content.batches.length - 1) {
      throw new CorruptLogError(LOG_FILE, afterZxid, 'an entry fails its checksum');
    }
    const cut = content.batches[damaged] ?? [];
    const bytes = cut.reduce((sum, { payload }) => sum + payload.length, 0);
    notes.push({ type: 'torn-tail-cut', afterZxid, entries: cut.length, bytes, reason: 'checksum' });
    notes.push({ type: 'acknowledged-entries-lost', logEnd: afterZxid, durableMark: endOf(cut) });
    content.batches = cutAfter(content.batches, afterZxid);
    content.lost = true;
  } else if (lostBefore) {
    notes.push({ type: 'still-untrusted' });
  }
  if (content.tornBytes > 0) {
    const afterZxid = endOfLog(content);
    const bytes = content.tornBytes;
    notes.push({ type: 'torn-tail-cut', afterZxid, entries: undefined, bytes, reason: 'interrupted-commit' });
    content.tornBytes = 0;
  }
  const last = endOfLog(content);
  const { base, checkpointZxid, clearLog } = content;
  const entries = content.batches.flat();
  const clearing = reconcile({ logFile: LOG_FILE, base, last, entries, checkpointZxid, clearLog });
  if (clearing) {
    notes.push(clearing);
    content.base = checkpointZxid;
    content.batches = [];
    content.clearLog = false;
  }
  // Recovery waits until its repairs are durable.
  if (notes.length > 0) disk.endLie();
  return {
    acceptedEpoch: content.acceptedEpoch,
    currentEpoch: content.currentEpoch,
    checkpointZxid,
    entries: clearing ? [] : entries,
    trusted: !content.lost,
    notes,
  };
}
