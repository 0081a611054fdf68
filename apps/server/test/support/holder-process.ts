import { connect, type LivenessPolicy } from '@conclave/client';
import { mutex } from '@conclave/recipes';
import { monotonicMs } from './contention.ts';

/** The orders of the parent: to keep the event loop busy for `ms` milliseconds, or to release the lock. */
export type HolderOrder = { readonly type: 'block'; readonly ms: number } | { readonly type: 'release' };

/** Times are by the monotonic clock that all processes of a machine share. */
export type HolderReport =
  | { readonly type: 'held'; readonly token: number }
  | {
      readonly type: 'awake';
      /** What a program sees that checks its lock before it acts, in the turn that was blocked. */
      readonly aborted: boolean;
      readonly state: string;
      readonly safeUntil: number;
      readonly at: number;
    }
  | { readonly type: 'released' };

/** A process that holds a lock and blocks its event loop on request. */
const [servers = '', path = '', liveness = 'tolerant', sessionTimeoutMs = '2000'] = process.argv.slice(2);

function report(what: HolderReport): void {
  process.send?.(what);
}

function exitWithParent(): void {
  process.exit(1);
}

process.once('disconnect', exitWithParent);
const client = await connect({
  servers: servers.split(','),
  liveness: liveness as LivenessPolicy,
  sessionTimeoutMs: Number(sessionTimeoutMs),
});
const held = await mutex(client, path).acquire();

process.on('message', (order: HolderOrder) => {
  switch (order.type) {
    case 'block': {
      const until = monotonicMs() + order.ms;
      while (monotonicMs() < until);
      const { aborted } = held.signal;
      const at = monotonicMs();
      const safeUntil = client.session.safeUntil - performance.now() + at;
      report({ type: 'awake', aborted, state: client.state, safeUntil, at });
      return;
    }
    case 'release':
      void release();
      return;
    default:
      order satisfies never;
  }
});
report({ type: 'held', token: Number(held.fencingToken) });

async function release(): Promise<void> {
  await held.release();
  await client.close();
  report({ type: 'released' });
  process.off('disconnect', exitWithParent);
  process.disconnect();
}
