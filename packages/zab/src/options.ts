import { COUNTER_MAX } from '@conclave/protocol';
import type { ServerId } from './entry.ts';
import type { Quorum } from './quorum.ts';

/** Times are in ticks of the shell's choice (25 ms in production). */
export interface ZabOptions {
  /** This member; must be one of `quorum.members`. */
  readonly id: ServerId;
  readonly quorum: Quorum;
  /** Ticks between two pings of the leader. Default 2. With more, a silent link is noticed later. Fewer cost messages. */
  readonly heartbeatTicks?: number;
  /**
   * Ticks of silence after which a link is given up. It must exceed `heartbeatTicks`. Default 14. With fewer, a frozen
   * leader is found sooner, but a pause of the event loop is also mistaken for a failure sooner.
   */
  readonly suspicionTicks?: number;
  /**
   * Ticks that a quorum of equal votes waits while another member still looks and votes differently. Default
   * 1. It does not wait at all if every connected member agrees.
   */
  readonly electionSettleTicks?: number;
  /** Ticks until a looking member sends its vote again. The time doubles, up to 16 times this. Default 4. */
  readonly electionRetryTicks?: number;
  /**
   * Ticks within which discovery and synchronisation must finish. Default 200. A checkpoint that is moving
   * starts the count again.
   */
  readonly syncTicks?: number;
  /** The last counter used in an epoch. Default and most: 2^32 - 1. */
  readonly counterMax?: number;
  /**
   * How many zxids before `counterMax` the next epoch is prepared, while proposals go on. One `propose` takes at most half
   * as many payloads. Default: 2^20, but at most half of `counterMax`.
   */
  readonly counterReserve?: number;
  /**
   * Bytes of checkpointed entries kept to bring followers up to date without a checkpoint. Default 32 MiB;
   * four times as much while a checkpoint is on its way to a follower.
   */
  readonly historyBytesMax?: number;
  /** The same as a number of entries. Default 100,000. */
  readonly historyEntriesMax?: number;
  /** Payload bytes after which a Proposal is cut. Default 512 KiB. A single larger entry still travels whole. */
  readonly proposalBytesMax?: number;
  /**
   * Bytes sent to a follower and not acknowledged yet, above which the leader waits before it sends more.
   * Default 8 MiB. It bounds the cost of a slow follower. A follower that falls out of the history starts anew.
   */
  readonly inflightBytesMax?: number;
}

export type Settings = Required<ZabOptions>;

const MIB = 1024 * 1024;
/** The default of `syncTicks`. */
export const SYNC_TICKS = 200;

/** Fills in the defaults. Throws `RangeError` for a value, or a pair of values, that cannot work. */
export function resolveOptions(options: ZabOptions): Settings {
  const counterMax = options.counterMax ?? COUNTER_MAX;
  const settings: Settings = {
    id: options.id,
    quorum: options.quorum,
    heartbeatTicks: options.heartbeatTicks ?? 2,
    suspicionTicks: options.suspicionTicks ?? 14,
    electionSettleTicks: options.electionSettleTicks ?? 1,
    electionRetryTicks: options.electionRetryTicks ?? 4,
    syncTicks: options.syncTicks ?? SYNC_TICKS,
    counterMax,
    counterReserve: options.counterReserve ?? Math.min(2 ** 20, Math.floor(counterMax / 2)),
    historyBytesMax: options.historyBytesMax ?? 32 * MIB,
    historyEntriesMax: options.historyEntriesMax ?? 100_000,
    proposalBytesMax: options.proposalBytesMax ?? MIB / 2,
    inflightBytesMax: options.inflightBytesMax ?? 8 * MIB,
  };
  if (!settings.quorum.members.has(settings.id)) {
    throw new RangeError(`server ${settings.id} is not a member of its ensemble`);
  }
  mustBeAtLeast('electionSettleTicks', settings.electionSettleTicks, 0);
  for (const name of [
    'heartbeatTicks',
    'electionRetryTicks',
    'syncTicks',
    'counterMax',
    'counterReserve',
    'historyBytesMax',
    'historyEntriesMax',
    'proposalBytesMax',
    'inflightBytesMax',
  ] as const) {
    mustBeAtLeast(name, settings[name], 1);
  }
  // A ping that is sent on time must arrive before the link is given up.
  mustBeAtLeast('suspicionTicks', settings.suspicionTicks, settings.heartbeatTicks + 1);
  if (counterMax > COUNTER_MAX) throw new RangeError(`counterMax ${counterMax} exceeds ${COUNTER_MAX}`);
  if (settings.counterReserve >= counterMax) {
    throw new RangeError(
      `counterReserve ${settings.counterReserve} leaves nothing of counterMax ${counterMax}`,
    );
  }
  return settings;
}

function mustBeAtLeast(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(`${name} is ${value}, expected an integer of at least ${least}`);
  }
}
