import { Answers } from './answers.ts';
import { Row } from './checkpoint.ts';
import { finishHash, type Hashed, hashBytes, LANE_A, LANE_B, mixInt, mixLong } from './digest.ts';

/** The part of a session that the servers agree on. Only the leader decides whether its client is alive. */
export interface SessionInfo {
  /** The zxid that created it. */
  readonly id: number;
  readonly timeoutMs: number;
  /** The secret that a client must present to take the session to another server. */
  readonly password: Uint8Array;
  readonly native: boolean;
  readonly ephemeralCount: number;
}

export class Session extends Row implements Hashed, SessionInfo {
  readonly id: number;
  readonly timeoutMs: number;
  readonly password: Uint8Array;
  readonly native: boolean;
  readonly answers = new Answers();
  /** The paths of its ephemeral nodes. The set is created with the first one. */
  ephemerals: Set<string> | undefined = undefined;
  readonly #identityHash: number;
  hashA = 0;
  hashB = 0;

  constructor(id: number, timeoutMs: number, password: Uint8Array, native: boolean) {
    super();
    this.id = id;
    this.timeoutMs = timeoutMs;
    this.password = password;
    this.native = native;
    const hash = mixLong(hashBytes(password), id);
    this.#identityHash = mixInt(mixInt(hash, timeoutMs), native ? 1 : 0);
    this.hashAll();
  }

  get ephemeralCount(): number {
    return this.ephemerals === undefined ? 0 : this.ephemerals.size;
  }

  override rowKey(): string {
    return SESSION_KEY + this.id;
  }

  info(): SessionInfo {
    const { id, timeoutMs, password, native, ephemeralCount } = this;
    return { id, timeoutMs, password, native, ephemeralCount };
  }

  /** Must be called after each change. */
  hashAll(): void {
    this.hashA = this.#hashLane(LANE_A);
    this.hashB = this.#hashLane(LANE_B);
  }

  #hashLane(lane: number): number {
    let hash = mixInt(lane, this.#identityHash);
    hash = mixLong(hash, this.answers.lastXid);
    hash = mixLong(hash, this.answers.confirmed);
    return finishHash(mixInt(hash, this.answers.size));
  }
}

/** The prefix of the id in the key of a session's row. */
export const SESSION_KEY = 's';
