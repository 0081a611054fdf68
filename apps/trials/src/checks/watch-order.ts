import { Violation } from '@conclave/simulator';
import type { JournalEntry } from '../clients/journal.ts';

interface Armed {
  readonly path: string;
  readonly since: number;
}

/**
 * Checks what one client saw, in its order. In each session a node never gets older from one answer to the next. Each
 * watch fires at most once, and fires before an answer shows the change that it waits for. Throws `Violation`.
 */
export function checkWatches(journal: readonly JournalEntry[]): void {
  const latest = new Map<string, number>();
  const armed = new Map<string, Map<number, Armed>>();
  const fired = new Set<number>();
  for (const entry of journal) {
    switch (entry.type) {
      case 'armed': {
        const { session, watch, path, since } = entry;
        const watches = armed.get(session) ?? new Map<number, Armed>();
        armed.set(session, watches);
        if (!fired.has(watch)) watches.set(watch, { path, since });
        break;
      }
      case 'fired':
        if (fired.has(entry.watch)) throw new Violation('a one-shot watch fires once', `on ${entry.path}`);
        fired.add(entry.watch);
        for (const watches of armed.values()) watches.delete(entry.watch);
        break;
      case 'seen': {
        const { session, path, mzxid } = entry;
        const key = `${session} ${path}`;
        const before = latest.get(key) ?? 0;
        if (mzxid < before) {
          throw new Violation(
            'a session never goes back',
            `${session} saw ${path} at ${before}, then at ${mzxid}`,
          );
        }
        latest.set(key, mzxid);
        for (const watch of armed.get(session)?.values() ?? []) {
          if (watch.path !== path || watch.since >= mzxid) continue;
          throw new Violation(
            'a watch fires before the change can be read',
            `${session} saw ${path} at ${mzxid}; its watch since ${watch.since} had not fired`,
          );
        }
        break;
      }
      default:
        break;
    }
  }
}
