import type { Death } from '../world/machine.ts';
import type { Silence } from '../world/network.ts';

/**
 * The server that a fault hits: a server by its number, or the one that leads at that moment, or the `nth` of the
 * followers, from 0 and modulo their number.
 */
export type Target =
  | { readonly type: 'server'; readonly id: number }
  | { readonly type: 'leader' }
  | { readonly type: 'follower'; readonly nth: number };

/** The other end of a server's streams: a server, or a client. */
export type Party = { readonly type: 'server' | 'client'; readonly number: number };

/** How a partition divides the machines. */
export type Cut =
  /** One server apart from all other servers, and with `clientsToo` from all clients. */
  | { readonly type: 'isolate'; readonly target: Target; readonly clientsToo: boolean }
  /** The leader with some followers, which together are no quorum, apart from the others. */
  | { readonly type: 'minority' }
  /** Bytes from the server to the other servers do not arrive (`out`), or bytes from them to it do not (`in`). */
  | { readonly type: 'one-way'; readonly target: Target; readonly way: 'in' | 'out' }
  /** Two halves that cannot reach each other, and one server that both can reach. */
  | { readonly type: 'bridge'; readonly target: Target }
  /** One pair of servers apart; with `oneWay`, only bytes from `a` to `b` do not arrive. */
  | { readonly type: 'pair'; readonly a: number; readonly b: number; readonly oneWay?: boolean }
  /** One client apart from one server, or from all of them. */
  | { readonly type: 'client'; readonly client: number; readonly server: number | 'all' };

/** One fault: when it begins, how long it lasts, and its kind. It is plain data, so that a schedule can be shrunk. */
export type Fault = { readonly atMs: number } & (
  | {
      readonly type: 'crash';
      readonly target: Target;
      readonly death: Death;
      readonly downMs: number;
      readonly effects: number;
    }
  | { readonly type: 'crash-all'; readonly death: Death; readonly downMs: number; readonly spreadMs: number }
  | { readonly type: 'leave'; readonly target: Target; readonly downMs: number }
  | { readonly type: 'pause'; readonly target: Target; readonly forMs: number }
  /** The server is paused. It stays cut off from the other servers for a while longer, but not from its clients. */
  | { readonly type: 'stall'; readonly target: Target; readonly forMs: number; readonly cutMs: number }
  | { readonly type: 'cut'; readonly cut: Cut; readonly silence: Silence; readonly forMs: number }
  /** The streams between two machines break. */
  | { readonly type: 'break'; readonly a: number; readonly b: Party }
  /**
   * Nothing more comes through the present streams between two machines, and neither learns of it. New streams work.
   */
  | { readonly type: 'hang'; readonly a: number; readonly b: Party }
  | {
      readonly type: 'slow-link';
      readonly target: Target;
      /** The machines to and from which the server's links are slow. */
      readonly to: 'servers' | 'clients';
      readonly extraMs: number;
      readonly bytesPerMs: number;
      readonly forMs: number;
    }
  | { readonly type: 'slow-disk'; readonly target: Target; readonly extraMs: number; readonly forMs: number }
  | {
      readonly type: 'disk';
      readonly target: Target;
      readonly code: 'DISK_FULL' | 'IO_ERROR';
      readonly forMs: number;
    }
  /**
   * For a while the disk reports writes that it has not done. Then the machine loses power. Of the bytes that were
   * written to each file meanwhile, only some beginning is there.
   */
  | { readonly type: 'lie'; readonly id: number; readonly forMs: number; readonly downMs: number }
  /** The program is killed, and the newest entries of its log are gone. */
  | { readonly type: 'lose-tail'; readonly id: number; readonly entries: number; readonly downMs: number }
  /** The program is killed, and its disk comes back empty. */
  | { readonly type: 'lose-disk'; readonly id: number; readonly downMs: number }
  /**
   * An entry of the log or a row of the checkpoint is damaged. The server is killed and finds out, or finds out
   * later.
   */
  | {
      readonly type: 'rot';
      readonly id: number;
      readonly what: 'entry' | 'row';
      readonly place: number;
      readonly isKilled: boolean;
      readonly downMs: number;
    }
  | { readonly type: 'clock-jump'; readonly target: Target; readonly byMs: number }
  /** The server does not start with the others, but some time later. This fault is always at 0 ms. */
  | { readonly type: 'absent'; readonly id: number; readonly forMs: number }
  /**
   * The leader is cut off from the other servers for a while, so that its log ends in entries that no other server
   * has. Then it is killed, and comes back after the others have continued without it.
   */
  | { readonly type: 'diverge'; readonly forMs: number; readonly downMs: number }
  /**
   * The links between the leader and the other servers become slow. Then nothing that the leader sends arrives any
   * more. The others elect another leader while the old one still receives their late answers.
   */
  | { readonly type: 'usurp'; readonly extraMs: number; readonly forMs: number }
  /** The present leader is deposed, several times in a row. */
  | {
      readonly type: 'depose';
      readonly how: 'kill' | 'leave' | 'pause' | 'cut';
      readonly times: number;
      readonly everyMs: number;
    }
  | {
      readonly type: 'client-crash';
      readonly client: number;
      readonly death: Death;
      readonly downMs: number;
      readonly effects: number;
    }
  | { readonly type: 'client-clock-jump'; readonly client: number; readonly byMs: number }
  | { readonly type: 'client-pause'; readonly client: number; readonly forMs: number }
  /** The next answers to the client are lost. Its requests arrive, and then its connection breaks. */
  | { readonly type: 'lose-answers'; readonly client: number; readonly forMs: number }
);

export type FaultType = Fault['type'];

export const faultTypes = Object.keys({
  crash: 0,
  'crash-all': 0,
  leave: 0,
  pause: 0,
  stall: 0,
  cut: 0,
  break: 0,
  hang: 0,
  'slow-link': 0,
  'slow-disk': 0,
  disk: 0,
  lie: 0,
  'lose-tail': 0,
  'lose-disk': 0,
  rot: 0,
  'clock-jump': 0,
  absent: 0,
  diverge: 0,
  usurp: 0,
  depose: 0,
  'client-crash': 0,
  'client-pause': 0,
  'client-clock-jump': 0,
  'lose-answers': 0,
} satisfies Record<FaultType, 0>) as readonly FaultType[];

/** Describes a fault in one line, for people. */
export function describeFault(fault: Fault): string {
  const { atMs, type, ...details } = fault;
  return `${atMs.toFixed(0).padStart(7)} ms  ${type} ${JSON.stringify(details)}`;
}
