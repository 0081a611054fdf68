import { setTimeout as pause } from 'node:timers/promises';
import { type Client, connect, isConclaveError } from '@conclave/client';
import { mutex } from '@conclave/recipes';
import { type ContenderOrder, type ContenderReport, monotonicMs, PATHS } from './contention.ts';

/**
 * A process of the kill test. Each of its clients creates one uniquely named sequential node after the other, and takes
 * the lock in between. It reports to the parent at once everything that an outsider needs to judge it.
 */
const USES_OF_A_GRANT = 2;
/** Leaves processor time to servers that start. */
const PAUSE_MS = 30;

const [name = '', clients = '1', servers = '', sessionTimeoutMs = '4000'] = process.argv.slice(2);
const stop = new AbortController();
let keepNextGrant = false;

process.on('message', (order: ContenderOrder) => {
  if (order === 'stop') stop.abort();
  else keepNextGrant = true;
});
process.once('disconnect', exitWithParent);

function exitWithParent(): void {
  process.exit(1);
}

function report(what: ContenderReport): void {
  process.send?.(what);
}

async function contend(client: string): Promise<void> {
  let next = 0;
  while (!stop.signal.aborted) {
    await using session = await connect({
      servers: servers.split(','),
      sessionTimeoutMs: Number(sessionTimeoutMs),
      connectTimeoutMs: Number.POSITIVE_INFINITY,
      backoff: { minMs: 10, maxMs: 200 },
    });
    while (!stop.signal.aborted && !session.session.signal.aborted) {
      await write(session, `${client}-${next++}`);
      await useLock(session, client);
      await pause(PAUSE_MS);
    }
  }
}

async function write(session: Client, node: string): Promise<void> {
  try {
    const created = await session.create(`${PATHS.writes}/${node}-`, node, { mode: 'persistentSequential' });
    report({ type: 'written', node, path: created.path });
  } catch (error) {
    if (!isConclaveError(error)) throw error;
    report({ type: 'unwritten', node, code: error.code });
  }
}

async function useLock(session: Client, client: string): Promise<void> {
  try {
    const held = await mutex(session, PATHS.lock).acquire();
    const token = Number(held.fencingToken);
    // A client that is blocked beyond this moment gets its signal late, but could have known before it acted.
    const end = (): void => {
      const lateMs = Math.max(0, performance.now() - session.session.safeUntil);
      report({ type: 'released', client, token, at: monotonicMs() - lateMs });
    };
    const keeps = keepNextGrant;
    keepNextGrant = false;
    report({ type: 'held', client, token, at: monotonicMs(), keeps });
    held.signal.addEventListener('abort', end, { once: true });
    if (held.signal.aborted) end();
    for (let use = 0; use < USES_OF_A_GRANT && !held.signal.aborted; use++) {
      await session.create(`${PATHS.uses}/${token}-`, null, {
        mode: 'persistentSequential',
        guard: held.guard,
      });
    }
    if (keeps) await new Promise(() => {});
    await held.release();
  } catch (error) {
    if (!isConclaveError(error)) throw error;
    report({ type: 'unlocked', client, code: error.code });
  }
}

await Promise.all(Array.from({ length: Number(clients) }, (_, i) => contend(`${name}.${i}`)));
process.off('disconnect', exitWithParent);
process.disconnect();
