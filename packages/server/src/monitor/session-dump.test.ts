import { expect, test } from 'vitest';
import { SessionTracker } from '../replica/session-tracker.ts';
import type { MonitorContext } from './monitor-context.ts';
import { dumpText } from './session-dump.ts';

const WALL_MS = Date.UTC(2026, 10, 21, 8, 0, 0);

interface Stub {
  readonly desk?: Pick<SessionTracker, 'deadlines'>;
  readonly connections?: readonly { readonly sessionId: number; readonly aliveMs: number }[];
}

/** Two sessions with a timeout of ten seconds, the first with two ephemeral nodes. The monotonic clock is at 5,000. */
function contextOf({ desk, connections = [] }: Stub): MonitorContext {
  const sessions = [
    { id: 0x101, timeoutMs: 10_000, ephemeralCount: 2 },
    { id: 0x102, timeoutMs: 10_000, ephemeralCount: 0 },
  ];
  const context = {
    config: { handshakeTimeoutMs: 3_000 },
    clock: { wallMs: () => WALL_MS, monotonicMs: () => 5_000 },
    hub: {
      connections: connections.map(({ sessionId, aliveMs }, i) => ({
        sessionId,
        connectedMs: 4_000,
        stats: { aliveMs },
        stream: { remoteAddress: '::ffff:10.0.0.1', remotePort: 4_000 + i },
      })),
    },
    replica: {
      desk: desk === undefined ? undefined : { sessionDeadlines: () => desk.deadlines() },
      tree: {
        sessionCount: sessions.length,
        sessions: () => sessions,
        session: (id: number) => sessions.find((session) => session.id === id),
        ephemerals: () => ['/a', '/b'],
      },
    },
  };
  return context as unknown as MonitorContext;
}

test("a follower's dump lists the sessions with their timeouts", () => {
  expect([...dumpText(contextOf({}))].join('')).toBe(
    [
      'SessionTracker dump:',
      'Global Sessions(2):',
      '0x101\t10000ms',
      '0x102\t10000ms',
      'ephemeral nodes dump:',
      'Sessions with Ephemerals (1):',
      '0x101:',
      '\t/a',
      '\t/b',
      'Connections dump:',
      'Connections Sets (0)/(0):',
      '',
    ].join('\n'),
  );
});

test("a leader's dump lists when sessions expire, grouped by second", () => {
  const desk = new SessionTracker(0, 0);
  desk.track(0x101, 10_000, 5_000);
  desk.track(0x102, 10_000, 5_300);
  desk.track(0x103, 10_000, 9_000);
  const lines = [...dumpText(contextOf({ desk }))].join('').split('\n');
  expect(lines.slice(1, 7)).toEqual([
    'Session Sets (2)/(3):',
    '2 expire at Sat Nov 21 08:00:11 UTC 2026:',
    '\t0x101',
    '\t0x102',
    '1 expire at Sat Nov 21 08:00:15 UTC 2026:',
    '\t0x103',
  ]);
});

test('a dump lists when connections end: with their session, or when the time for a handshake is over', () => {
  const connections = [
    { sessionId: 0x101, aliveMs: 5_000 },
    { sessionId: 0, aliveMs: 0 },
  ];
  const lines = [...dumpText(contextOf({ connections }))].join('').split('\n');
  expect(lines.slice(-6)).toEqual([
    'Connections Sets (2)/(2):',
    '1 expire at Sat Nov 21 08:00:02 UTC 2026:',
    '\tip: /10.0.0.1:4001 sessionId: 0x0',
    '1 expire at Sat Nov 21 08:00:10 UTC 2026:',
    '\tip: /10.0.0.1:4000 sessionId: 0x101',
    '',
  ]);
});
