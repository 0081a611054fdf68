/**
 * What the log costs: `node packages/storage/bench/log.ts [folder]`. The figures are as good as the disk under
 * the folder (default: the system's temporary one).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeZxid, type Zxid } from '@conclave/protocol';
import { type LogEntry, openStorage, type Storage } from '../src/index.ts';

const PAYLOAD_BYTES = 130;
const payload = new Uint8Array(PAYLOAD_BYTES).fill(7);

class Load {
  readonly #storage: Storage;
  #counter = 0;
  #sequence = 0;
  #waiting = new Map<number, () => void>();

  constructor(storage: Storage) {
    this.#storage = storage;
    storage.onFailure = (error) => {
      throw error;
    };
    let persisted = 0;
    storage.onPersisted = (sequence) => {
      while (persisted < sequence) {
        persisted++;
        this.#waiting.get(persisted)?.();
        this.#waiting.delete(persisted);
      }
    };
  }

  get last(): Zxid {
    return makeZxid(1, this.#counter);
  }

  append(entryCount: number): Promise<void> {
    const entries: LogEntry[] = [];
    for (let i = 0; i < entryCount; i++) entries.push({ zxid: makeZxid(1, ++this.#counter), payload });
    const sequence = ++this.#sequence;
    this.#storage.submit({ sequence, operations: [{ type: 'append', entries }] });
    return new Promise((resolve) => this.#waiting.set(sequence, resolve));
  }
}

async function measure(
  name: string,
  inFlight: number,
  entryCount: number,
  rounds: number,
  load: Load,
): Promise<void> {
  const latencies: number[] = [];
  let left = rounds;
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      const at = performance.now();
      await load.append(entryCount);
      latencies.push((performance.now() - at) * 1000);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  const at = (share: number): string => (latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(0);
  process.stdout.write(
    `${name.padEnd(34)} ${(rounds / seconds).toFixed(0).padStart(7)} batches/s ` +
      `${((rounds * entryCount) / seconds).toFixed(0).padStart(8)} entries/s   ` +
      `p50 ${at(0.5)} µs  p99 ${at(0.99)} µs  max ${at(0.99999)} µs   ` +
      `CPU ${((user + system) / 1e6 / seconds).toFixed(2)}\n`,
  );
}

const directory = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'conclave-bench-'));
const storage = await openStorage({ directory });
try {
  const load = new Load(storage);
  await measure('warm-up', 4, 10, 2_000, load);
  await measure('lone batch of 1', 1, 1, 5_000, load);
  await measure('lone batch of 200', 1, 200, 1_000, load);
  await measure('8 batches of 1 in flight', 8, 1, 20_000, load);
  await measure('64 batches of 1 in flight', 64, 1, 50_000, load);
  await measure('4 batches of 200 in flight', 4, 200, 2_000, load);
  const last = load.last;
  await storage.writeCheckpoint([[{ key: '/', value: payload }]], last);
  const begun = performance.now();
  await storage.purge(last);
  process.stdout.write(`purge of everything: ${(performance.now() - begun).toFixed(0)} ms\n`);
} finally {
  await storage.close();
  rmSync(directory, { recursive: true });
}
