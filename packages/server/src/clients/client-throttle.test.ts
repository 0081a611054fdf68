import { beforeEach, describe, expect, test } from 'vitest';
import { ignore } from '../environment/byte-stream.ts';
import type { DisconnectReason } from '../requests/disconnect-reason.ts';
import { ClientThrottle, type Throttled } from './client-throttle.ts';
import { LargeRequests } from './large-requests.ts';

const TIMEOUT_MS = 100;
const OUTSTANDING_MAX = 10;
const LENGTH = 60_000;

let nowMs: number;
let load: { overloaded: boolean; flooded: boolean };
let largeRequests: LargeRequests;
/** The connections that `Workload` would resume reading. */
let paused: unknown[];

beforeEach(() => {
  nowMs = 0;
  load = { overloaded: false, flooded: false };
  largeRequests = new LargeRequests({
    largeRequestBytes: 10_000,
    largeRequestsBytesMax: 65_536,
    largeRequestMs: 1_000,
  });
  paused = [];
});

/** A connection with a session, and whether its stream is read. */
class Connection implements Throttled {
  readonly sessionId = 1;
  readonly throttle: ClientThrottle;
  readonly stream = {
    bufferedBytes: 0,
    pause: () => {
      this.isRead = false;
    },
    resume: () => {
      this.isRead = true;
    },
  };
  phase: Throttled['phase'] = 'session';
  outstanding = 0;
  isRead = true;
  closed: DisconnectReason | undefined;

  constructor() {
    const services = {
      limits: {
        outstandingPerConnectionMax: OUTSTANDING_MAX,
        unreadBytesHigh: 1_000,
        unreadBytesMax: 5_000,
      },
      workload: {
        get overloaded() {
          return load.overloaded;
        },
        get flooded() {
          return load.flooded;
        },
        pause: (connection: unknown) => paused.push(connection),
      },
      largeRequests,
      clock: { monotonicMs: () => nowMs, after: () => ignore },
    };
    this.throttle = new ClientThrottle(services, this);
    this.throttle.begin(TIMEOUT_MS);
  }

  work(): void {}

  close(reason: DisconnectReason): void {
    this.closed = reason;
    this.phase = 'closed';
    this.throttle.receiving(0);
  }

  /** `outstanding` requests are under way; returns whether it is read. */
  has(outstanding: number): boolean {
    this.outstanding = outstanding;
    expect(this.throttle.regulate()).toBe(this.isRead);
    expect(this.throttle.isPaused).toBe(!this.isRead);
    return this.isRead;
  }

  /** It leaves so much unread; returns whether it is read. */
  leaves(bufferedBytes: number): boolean {
    this.stream.bufferedBytes = bufferedBytes;
    this.throttle.leftUnread();
    return this.has(this.outstanding);
  }
}

describe('reading from a client stops', () => {
  test('while it has too many requests in flight, and resumes when half of them are answered', () => {
    const client = new Connection();
    expect([9, 10, 6, 5, 9].map((outstanding) => client.has(outstanding))).toEqual([
      true,
      false,
      false,
      true,
      true,
    ]);
    expect(paused).toEqual([client]);
  });

  test('while it does not read its answers', () => {
    const client = new Connection();
    expect(client.leaves(1_000)).toBe(true);
    expect(client.leaves(1_001)).toBe(false);
    expect(client.throttle.isBackedUp).toBe(true);
    client.throttle.tookAll();
    expect(client.has(0)).toBe(true);
  });

  test('under overload if it has a request in flight, and with too many bytes in flight in any case', () => {
    load.overloaded = true;
    const client = new Connection();
    expect([0, 1, 0].map((outstanding) => client.has(outstanding))).toEqual([true, false, true]);
    load.flooded = true;
    expect(client.has(0)).toBe(false);
  });

  test('while there is no room for its large request', () => {
    const [greedy, patient] = [new Connection(), new Connection()];
    greedy.throttle.receiving(LENGTH);
    patient.throttle.receiving(LENGTH);
    expect([greedy.isRead, patient.isRead]).toEqual([true, false]);
    greedy.close('client_closed_connection');
    expect(patient.has(0)).toBe(true);
  });
});

test('a closed connection is not paused', () => {
  const client = new Connection();
  client.close('client_closed_connection');
  expect(client.has(OUTSTANDING_MAX)).toBe(true);
  expect(paused).toEqual([]);
});

test('a heartbeat connection is read whatever the load', () => {
  load = { overloaded: true, flooded: true };
  const heartbeat = new Connection();
  heartbeat.phase = 'heartbeat';
  expect(heartbeat.has(1)).toBe(true);
});

test('a client that leaves too many bytes unread is disconnected', () => {
  const client = new Connection();
  client.leaves(5_000);
  expect(client.closed).toBeUndefined();
  client.stream.bufferedBytes = 5_001;
  client.throttle.leftUnread();
  expect(client.closed).toBe('slow_consumer');
});

describe('a client from which the server does not read', () => {
  test('is exempt from expiry for as long as that lasts', () => {
    const client = new Connection();
    expect(client.throttle.isExempt).toBe(false);
    client.has(OUTSTANDING_MAX);
    nowMs = 10 * TIMEOUT_MS;
    expect(client.throttle.isExempt).toBe(true);
    client.has(0);
    expect(client.throttle.isExempt).toBe(false);
  });

  test('because it reads nothing is exempt from expiry for its timeout', () => {
    const client = new Connection();
    client.leaves(2_000);
    expect(client.throttle.isExempt).toBe(true);
    nowMs = TIMEOUT_MS;
    expect(client.throttle.isExempt).toBe(false);
  });

  test('is not exempt from expiry before it has a session', () => {
    const client = new Connection();
    client.phase = 'probe';
    load.flooded = true;
    expect(client.has(0)).toBe(false);
    expect(client.throttle.isExempt).toBe(false);
  });
});
