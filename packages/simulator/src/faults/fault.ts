import type { Death } from '../world/machine.ts';
import type { Silence } from '../world/network.ts';

/**
 * Whom a fault hits: a server by its number, or whoever leads or follows at that moment; the `nth` of the followers, from
 * 0, modulo their number.
 */
export type Target =
  | { readonly type: 'server'; readonly id: number }
  | { readonly type: 'leader' }
  | { readonly type: 'follower'; readonly nth: number };

/** The other end of a server's streams: a server, or a client. */
export type Party = { readonly type: 'server' | 'client'; readonly number: number };

/** How the machines are divided while a partition lasts. */
export type Cut =
  /** One server hears nobody and is heard by nobody; its clients reach it or do not. */
  | { readonly type: 'isolate'; readonly target: Target; readonly clientsToo: boolean }
  /** The leader and as many followers as make no quorum, apart from the others. */
  | { readonly type: 'minority' }
  /** What the server sends to the other servers does not arrive (`out`), or what they send to it (`in`). */
  | { readonly type: 'one-way'; readonly target: Target; readonly way: 'in' | 'out' }
  /** Two halves that do not hear each other, and one server that hears both. */
  | { readonly type: 'bridge'; readonly target: Target }
  /** One pair of servers; or only what `a` sends to `b` is lost. */
  | { readonly type: 'pair'; readonly a: number; readonly b: number; readonly oneWay?: boolean }
  /** One client and one server, or all of them. */
  | { readonly type: 'client'; readonly client: number; readonly server: number | 'all' };

/** One trouble: when it begins, how long it lasts, and what it is. Plain data, so that a schedule can be cut down. */
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
  /** It stands still, and the other servers do not reach it for as long and a while longer; its clients do. */
  | { readonly type: 'stall'; readonly target: Target; readonly forMs: number; readonly cutMs: number }
  | { readonly type: 'cut'; readonly cut: Cut; readonly silence: Silence; readonly forMs: number }
  /** The streams between two machines break. */
  | { readonly type: 'break'; readonly a: number; readonly b: Party }
  /** Nothing more comes through the streams between two machines, and neither is told; new ones work. */
  | { readonly type: 'hang'; readonly a: number; readonly b: Party }
  | {
      readonly type: 'slow-link';
      readonly target: Target;
      /** Whose ways to and from it are slow. */
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
   * For a while the disk only says that it has written; then the machine loses power, and what is there of each file is
   * any beginning of what was written to it meanwhile.
   */
  | { readonly type: 'lie'; readonly id: number; readonly forMs: number; readonly downMs: number }
  /** The program is killed, and the newest entries of its log are gone. */
  | { readonly type: 'lose-tail'; readonly id: number; readonly entries: number; readonly downMs: number }
  /** The program is killed, and its disk comes back empty. */
  | { readonly type: 'lose-disk'; readonly id: number; readonly downMs: number }
  /** What is in its log or its checkpoint is not what it wrote; it finds out now, being killed, or at some time later. */
  | {
      readonly type: 'rot';
      readonly id: number;
      readonly what: 'entry' | 'row';
      readonly place: number;
      readonly isKilled: boolean;
      readonly downMs: number;
    }
  | { readonly type: 'clock-jump'; readonly target: Target; readonly byMs: number }
  /** It is not there when the others start, and comes when they have gone on for a while. At 0 ms. */
  | { readonly type: 'absent'; readonly id: number; readonly forMs: number }
  /**
   * Whoever leads hears no other server for a while, so that its log ends in what nobody else has; then it is killed, and
   * comes back to those who went on without it.
   */
  | { readonly type: 'diverge'; readonly forMs: number; readonly downMs: number }
  /**
   * What goes between whoever leads and the other servers is late, and then what it says is not heard at all: they elect
   * another while it still hears their answers.
   */
  | { readonly type: 'usurp'; readonly extraMs: number; readonly forMs: number }
  /** Again and again, whoever leads then. */
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
  /** The next answers to the client are lost: what it sends arrives, and its connection then breaks. */
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

/** For people: one line. */
export function describeFault(fault: Fault): string {
  const { atMs, type, ...details } = fault;
  return `${atMs.toFixed(0).padStart(7)} ms  ${type} ${JSON.stringify(details)}`;
}
