import { OpCode } from '@conclave/protocol';
import { MemoryDisk, openMemoryStorage } from '@conclave/storage';
import { type Applied, encodeCommand, type Txn } from '@conclave/tree';
import { majority } from '@conclave/zab';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { Clock } from '../environment/environment.ts';
import { EventLoopTurn } from '../environment/event-loop-turn.ts';
import { nodeClock, nodeNetwork } from '../environment/node-environment.ts';
import { PeerLinks } from '../peers/peer-links.ts';
import { Replica, type ReplicaListener } from './replica.ts';

const log = pino({ level: 'silent' });

/** A standalone replica, and the calls that its listener had. */
class Alone implements ReplicaListener {
  readonly heard: string[] = [];
  readonly readIndexes: number[] = [];
  readonly #disk: MemoryDisk;
  readonly #clock: Clock;
  #replica: Replica | undefined;
  #waiting: { readonly until: () => boolean; readonly resolve: () => void }[] = [];

  constructor(disk: MemoryDisk, clock: Clock = nodeClock) {
    this.#disk = disk;
    this.#clock = clock;
  }

  get replica(): Replica {
    if (this.#replica === undefined) throw new TypeError('not started');
    return this.#replica;
  }

  async start(): Promise<void> {
    const clock = this.#clock;
    const turn = new EventLoopTurn(
      clock,
      () => {
        this.replica.work();
        this.#look();
      },
      (error) => this.onFatal(error),
    );
    this.#replica = await Replica.open(
      {
        id: 1,
        quorum: majority([1]),
        zab: { suspicionTicks: 14 },
        tickMs: 5,
        expirySlackMs: 100,
        outstandingMax: 100,
        tree: {},
        checkpoints: { checkpointTxns: 1_000, checkpointBytes: 1_000_000 },
        clock,
        log,
        openStorage: () => openMemoryStorage(this.#disk),
        scheduleWork: turn.schedule,
      },
      {
        clients: () => this,
        links: (listener) =>
          new PeerLinks(
            {
              id: 1,
              ensemble: 'e',
              listenAddress: { host: '127.0.0.1', port: 0 },
              peers: new Map(),
              clock,
              entropy: { bytes: (count) => new Uint8Array(count), fraction: () => 0 },
              network: nodeNetwork,
              log,
            },
            listener,
          ),
      },
    );
    await this.#replica.start();
  }

  /** Resolves at the end of the turn in which `until` holds. */
  seen(until: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ until, resolve });
      this.#look();
    });
  }

  onApplied(_txn: Txn, applied: Applied): void {
    this.heard.push(`applied ${applied.zxid % 2 ** 32}`);
  }

  onCaughtUp(): void {
    this.heard.push('caught up');
  }

  onServing(): void {
    this.heard.push('serving');
  }

  onReadIndex(request: number): void {
    this.readIndexes.push(request);
  }

  onFatal(error: unknown): void {
    throw error;
  }

  onNotServing(): void {}
  onStateReplaced(): void {}
  onSessionUnknown(): void {}
  onSessionMoved(): void {}
  sessionClaims(): [] {
    return [];
  }

  #look(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const item of waiting) {
      if (item.until()) item.resolve();
      else this.#waiting.push(item);
    }
  }
}

const createSession = () =>
  encodeCommand(
    { origin: 1, sessionId: 0, xid: 1, confirmed: 0, native: true },
    { op: OpCode.createSession, timeoutMs: 1_000, password: new Uint8Array(16), native: true },
  );

test('a transaction that is applied as the leadership begins is reported, so that a read that waits for it goes on', async () => {
  const disk = new MemoryDisk();
  const first = new Alone(disk);
  await first.start();
  await first.seen(() => first.replica.serving);
  first.replica.submit(createSession());
  await first.seen(() => first.heard.includes('applied 1'));
  await first.replica.close();

  const second = new Alone(disk);
  await second.start();
  await second.seen(() => second.replica.serving);
  expect(second.heard).toEqual(['applied 1', 'caught up', 'serving']);
  await second.replica.close();
});

test('a process that was paused vouches for nothing before the leader has answered a question asked since', async () => {
  let pausedMs = 0;
  const alone = new Alone(new MemoryDisk(), {
    ...nodeClock,
    monotonicMs: () => nodeClock.monotonicMs() + pausedMs,
  });
  await alone.start();
  await alone.seen(() => alone.replica.inTouch);
  pausedMs += 1_000;
  // Everything that has arrived meanwhile is read before any timer runs.
  expect(alone.replica.inTouch).toBe(false);
  await alone.seen(() => alone.replica.inTouch);
  expect(alone.readIndexes).toEqual([]);
  await alone.replica.close();
});
