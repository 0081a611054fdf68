/**
 * A process for tests: appends to the storage in a directory until it is killed, and writes a line for everything it
 * was informed of. `node test/appender.ts <directory> [<walBytesMax>]`
 */
import { writeSync } from 'node:fs';
import { counterOf, makeZxid } from '@conclave/protocol';
import { openStorage } from '../src/index.ts';
import { append } from './entries.ts';

const ENTRIES = 3;
const CHECKPOINT_EVERY = 100;

const [, , directory = '', walBytesMax] = process.argv;
const storage = await openStorage({
  directory,
  reserveBytes: 64 * 1024,
  pollRoomMs: 20,
  ...(walBytesMax === undefined ? {} : { walBytesMax: Number(walBytesMax) }),
});

/** Synchronous, so that a line that says "persisted" has left the process before anything else happens. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}

const last = storage.recovered.entries.at(-1)?.zxid ?? storage.recovered.checkpointZxid;
let counter = counterOf(last);
let sequence = 0;
let failed = false;
const lastOf = new Map<number, number>();

storage.onPersisted = (through) => {
  say(`persisted ${lastOf.get(through)}`);
  for (const known of lastOf.keys()) if (known <= through) lastOf.delete(known);
};
storage.onFailure = (error) => {
  failed = true;
  say(`failed ${error.code}`);
};
storage.onRoom = () => say('room');

function appendOnce(): void {
  if (failed) return;
  storage.submit({ sequence: ++sequence, operations: [append(1, counter + 1, counter + ENTRIES, 600)] });
  counter += ENTRIES;
  lastOf.set(sequence, counter);
  if (sequence % CHECKPOINT_EVERY === 0) void checkpoint(counter);
  // In bursts, so that some batches go alone and some together.
  if (sequence % 7 === 0) setTimeout(appendOnce, 1);
  else setImmediate(appendOnce);
}

async function checkpoint(through: number): Promise<void> {
  try {
    const zxid = makeZxid(1, through);
    await storage.writeCheckpoint(
      [[{ key: '/counter', value: new TextEncoder().encode(`${through}`) }]],
      zxid,
    );
    say(`checkpoint ${through}`);
    await storage.purge(makeZxid(1, Math.max(0, through - 50 * ENTRIES)));
  } catch {
    say('no checkpoint');
  }
}

say('open');
appendOnce();
