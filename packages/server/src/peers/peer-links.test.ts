import pino from 'pino';
import { describe, expect, test } from 'vitest';
import type { ByteStream } from '../environment/byte-stream.ts';
import { PeerLinks } from './peer-links.ts';

/** A clock that moves only when a test advances it. */
class Clock {
  nowMs = 0;
  #tasks: { atMs: number; task: () => void }[] = [];

  monotonicMs(): number {
    return this.nowMs;
  }

  wallMs(): number {
    return this.nowMs;
  }

  after(delayMs: number, task: () => void): () => void {
    const entry = { atMs: this.nowMs + delayMs, task };
    this.#tasks.push(entry);
    return () => {
      this.#tasks = this.#tasks.filter((each) => each !== entry);
    };
  }

  endOfTurn(task: () => void): void {
    this.after(0, task);
  }

  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const next = this.#tasks.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#tasks = this.#tasks.filter((each) => each !== next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.task();
    }
    this.nowMs = untilMs;
  }
}

/** One end of a stream. Its bytes arrive a millisecond later, unless it hangs. */
class End implements ByteStream {
  readonly remoteAddress = 'peer';
  readonly bufferedBytes = 0;
  onData: (chunk: Uint8Array) => void = () => {};
  onClose: () => void = () => {};
  onDrain: () => void = () => {};
  other: End | undefined;
  hangs = false;
  readonly #clock: Clock;
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  write(bytes: Uint8Array): boolean {
    const { other } = this;
    this.#send(() => {
      if (other !== undefined && !other.#isClosed) other.onData(bytes);
    });
    return true;
  }

  pause(): void {}
  resume(): void {}
  end(): void {
    this.destroy();
  }

  destroy(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.onClose();
    this.#send(() => this.other?.destroy());
  }

  #send(arrive: () => void): void {
    if (!this.hangs) this.#clock.after(1, arrive);
  }
}

/** Two servers; 2 dials 1. */
async function twoServers(clock: Clock): Promise<{ events: string[]; streams: [End, End][] }> {
  const events: string[] = [];
  const streams: [End, End][] = [];
  let accept: (stream: ByteStream) => void = () => {};
  for (const id of [1, 2]) {
    const record = (event: string) => (peer: number) => void events.push(`${id} ${event} ${peer}`);
    const links = new PeerLinks(
      {
        id,
        ensemble: 'e',
        listenAddress: { host: 'h', port: id },
        peers: new Map([[3 - id, { host: 'h', port: 3 - id }]]),
        clock,
        entropy: { bytes: (count) => new Uint8Array(count), fraction: () => 0 },
        network: {
          listen: async (address, onStream) => {
            if (address.port === 1) accept = onStream;
            return { address, close: async () => {} };
          },
          dial: (_address, onResult) => {
            const near = new End(clock);
            const far = new End(clock);
            near.other = far;
            far.other = near;
            streams.push([near, far]);
            accept(far);
            return clock.after(1, () => onResult(near));
          },
        },
        log: pino({ level: 'silent' }),
      },
      { onPeerConnected: record('has'), onPeerDisconnected: record('lost'), onPeerMessage: () => {} },
    );
    await links.open();
  }
  return { events, streams };
}

describe('a link between servers', () => {
  test('stays open while both servers live, even if they have nothing to send', async () => {
    const clock = new Clock();
    const { events, streams } = await twoServers(clock);
    clock.advance(60_000);
    expect(events).toEqual(['1 has 2', '2 has 1']);
    expect(streams).toHaveLength(1);
  });

  test('is cut by both sides and replaced when nothing arrives on it any more', async () => {
    const clock = new Clock();
    const { events, streams } = await twoServers(clock);
    clock.advance(5_000);
    for (const end of streams[0] ?? []) end.hangs = true;
    clock.advance(4_000);
    expect(events.slice(2).sort()).toEqual(['1 has 2', '1 lost 2', '2 has 1', '2 lost 1']);
    expect(streams).toHaveLength(2);
  });

  test('is cut and replaced when it hangs in one direction', async () => {
    const clock = new Clock();
    const { events, streams } = await twoServers(clock);
    clock.advance(5_000);
    const [near] = streams[0] ?? [];
    if (near !== undefined) near.hangs = true;
    clock.advance(4_000);
    expect(events.slice(2).sort()).toEqual(['1 has 2', '1 lost 2', '2 has 1', '2 lost 1']);
  });
});
