/** What the checkpoint costs: `node packages/storage/bench/checkpoint.ts [folder]`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ZXID_ZERO } from '@conclave/protocol';
import { type CheckpointRow, openStorage } from '../src/index.ts';

const ROWS = 200_000;
const VALUE_BYTES = 200;
const value = new Uint8Array(VALUE_BYTES).fill(7);

function* rows(count: number, step: number): Generator<readonly CheckpointRow[]> {
  for (let from = 0; from < count; from += 500) {
    yield Array.from({ length: 500 }, (_, i) => ({ key: `/jobs/${((from + i) * step) % ROWS}`, value }));
  }
}

async function timed(name: string, count: number, run: () => Promise<void>): Promise<void> {
  const begun = performance.now();
  await run();
  const ms = performance.now() - begun;
  process.stdout.write(
    `${name.padEnd(40)} ${ms.toFixed(0).padStart(6)} ms  ${((count / ms) * 1000).toFixed(0)} rows/s\n`,
  );
}

const directory = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'conclave-bench-'));
const storage = await openStorage({ directory });
try {
  await timed(`first checkpoint of ${ROWS} rows`, ROWS, () =>
    storage.writeCheckpoint(rows(ROWS, 1), ZXID_ZERO),
  );
  await timed('10000 rows changed all over it', 10_000, () =>
    storage.writeCheckpoint(rows(10_000, 19), ZXID_ZERO),
  );
  await timed('reading it', ROWS, async () => {
    for await (const _block of storage.readCheckpoint());
  });
  const chunks: Uint8Array[] = [];
  await timed('reading a snapshot', ROWS, async () => {
    for await (const chunk of (await storage.readSnapshot()).chunks) chunks.push(chunk);
  });
  await timed('installing it', ROWS, async () => {
    const install = storage.installSnapshot(ZXID_ZERO);
    for (const chunk of chunks) await install.write(chunk);
    await install.commit();
  });
} finally {
  await storage.close();
  rmSync(directory, { recursive: true });
}
