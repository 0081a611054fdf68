import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleOptions } from '../example-options.ts';
import { startWorker } from '../worker-process.ts';
import { Ledger } from './ledger.ts';
import type { FleetOptions, FleetReport } from './worker.ts';

// Workers append to a ledger under one lock. The first holder is frozen in the middle of its work, as by a long pause of
// its machine. Its session expires and the lock goes to the next worker. When the first one wakes, it writes on without
// looking, and the ledger refuses its token.

const ENTRIES = 20;
const SESSION_TIMEOUT_MS = 2_000;
const FROZEN_MS = 3 * SESSION_TIMEOUT_MS;

const { servers, workers: count } = exampleOptions(4);
const folder = await mkdtemp(join(tmpdir(), 'conclave-fleet-'));
const ledgerFile = join(folder, 'ledger.sqlite');

try {
  using ledger = new Ledger(ledgerFile);
  const options: FleetOptions = {
    servers,
    lock: `/examples/fleet-${Date.now()}`,
    ledgerFile,
    entries: ENTRIES,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
  };
  const workers = Array.from({ length: count }, (_, i) =>
    startWorker<FleetReport>(new URL('./worker.ts', import.meta.url), `worker-${i + 1}`, options),
  );
  let isFrozen = false;
  let refused = 0;

  const ends = await Promise.all(
    workers.map(async (worker) => {
      for await (const { event, token } of worker.reports) {
        console.log(`${worker.name}: ${event}${token === 0 ? '' : ` (token ${token})`}`);
        if (event === 'refused') refused++;
        if (event === 'wrote' && !isFrozen) {
          isFrozen = true;
          worker.signal('SIGSTOP');
          setTimeout(() => worker.signal('SIGCONT'), FROZEN_MS);
          console.log(`${worker.name} is frozen for ${FROZEN_MS} ms`);
        }
      }
      return worker.exited;
    }),
  );

  const tokens = ledger.tokens();
  const isInOrder = tokens.every((token, i) => i === 0 || token >= (tokens[i - 1] ?? 0));
  const isRight = isInOrder && refused > 0 && ends.every((end) => end === 'ended');
  const late = `${refused} late ${refused === 1 ? 'write' : 'writes'}`;
  console.log(`${tokens.length} entries, ${late} refused: ${isRight ? 'right' : 'WRONG'}`);
  process.exitCode = isRight ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
