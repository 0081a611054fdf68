import { makeZxid, type Zxid } from '@conclave/protocol';
import {
  type DurableState,
  type Entry,
  majority,
  type Notification,
  Peer,
  type Ready,
  type ServerId,
  type ZabMessage,
  type ZabOptions,
} from '../src/index.ts';

/** `log(1, 3)`: entries 1:1 to 1:3. */
export function log(epoch: number, length: number, from = 1): Entry[] {
  return Array.from({ length }, (_, i) => ({ zxid: makeZxid(epoch, from + i), payload: new Uint8Array(4) }));
}

export function disk(state: Partial<DurableState> = {}): DurableState {
  const acceptedEpoch = state.acceptedEpoch ?? 1;
  return {
    acceptedEpoch,
    currentEpoch: acceptedEpoch,
    checkpointZxid: 0 as Zxid,
    entries: [],
    trusted: true,
    ...state,
  };
}

export function notification(fields: Partial<Notification>): Notification {
  return {
    type: 'notification',
    role: 'looking',
    round: 1,
    leader: 0,
    epoch: 0,
    electable: true,
    acceptedEpoch: 1,
    currentEpoch: 1,
    lastZxid: 0 as Zxid,
    trusted: true,
    ...fields,
  };
}

/** One `Peer` of three, and a test that plays the others. Disks are written only when the test says so. */
export class Solo {
  readonly peer: Peer;
  /** Everything said since the last `heard`. */
  #said: { to: ServerId; message: ZabMessage }[] = [];
  #sequence = 0;
  readonly readies: Ready[] = [];

  constructor(durable: DurableState, options: Partial<ZabOptions> = {}) {
    this.peer = new Peer({ id: 1, quorum: majority([1, 2, 3]), ...options }, durable);
    this.work();
  }

  connect(...peers: ServerId[]): void {
    for (const peer of peers) {
      this.peer.step({ type: 'peer-connected', peer });
      this.work();
    }
  }

  hears(from: ServerId, ...messages: ZabMessage[]): void {
    for (const message of messages) {
      this.peer.step({ type: 'message', from, message });
      this.work();
    }
  }

  /** The disk writes everything. */
  writes(): void {
    this.peer.step({ type: 'persisted', sequence: this.#sequence });
    this.work();
  }

  ticks(count: number): void {
    for (let i = 0; i < count; i++) {
      this.peer.step({ type: 'tick' });
      this.work();
    }
  }

  /** What it said to `to` since the last call, without notifications and heartbeats. */
  said(to: ServerId): ZabMessage[] {
    const said = this.#said.filter((each) => each.to === to).map((each) => each.message);
    this.#said = this.#said.filter((each) => each.to !== to);
    return said.filter(({ type }) => type !== 'notification' && type !== 'ping' && type !== 'pong');
  }

  work(): Ready {
    const ready = this.peer.takeReady();
    this.readies.push(ready);
    this.#said.push(...ready.messages);
    this.#sequence = ready.persist.at(-1)?.sequence ?? this.#sequence;
    return ready;
  }

  committed(): Zxid[] {
    return this.readies.flatMap((ready) => ready.committed.map((entry) => entry.zxid));
  }

  /** Makes server 3 the leader of `epoch` that this one follows, up to LeaderInfo. */
  follow(epoch: number, promise = true): void {
    this.connect(3);
    this.hears(3, notification({ role: 'leading', leader: 3, epoch: promise ? 0 : epoch }));
    this.hears(3, { type: 'leader-info', attempt: this.attempt(), epoch, promise });
  }

  /** The number of the last attempt to follow 3. */
  attempt(): number {
    const last = this.#said.findLast(({ to, message }) => to === 3 && message.type === 'follower-info');
    return last?.message.type === 'follower-info' ? last.message.attempt : 0;
  }

  /** Brings it into the broadcast phase under 3, with nothing but what it has. */
  followToBroadcast(epoch: number): void {
    this.follow(epoch, false);
    const after = this.peer.status().lastLogged;
    this.hears(3, { type: 'diff', epoch, after }, { type: 'new-leader', epoch });
    this.writes();
    this.hears(3, { type: 'up-to-date', epoch, committed: after });
    this.said(3);
  }

  /** Makes it the established leader, with 2 as its follower. Returns its epoch. */
  lead(): number {
    this.connect(2);
    this.hears(2, notification({ leader: 1, electable: false }));
    this.hears(2, followerInfo(1));
    this.writes();
    const { epoch } = this.peer.status();
    const tails = [this.peer.status().lastLogged];
    this.hears(2, { type: 'ack-epoch', epoch, promised: true, currentEpoch: 1, tails });
    this.writes();
    this.hears(2, { type: 'ack-new-leader', epoch, zxid: this.peer.status().lastLogged });
    this.said(2);
    return epoch;
  }
}

export function followerInfo(attempt: number): ZabMessage {
  return {
    type: 'follower-info',
    attempt,
    acceptedEpoch: 1,
    currentEpoch: 1,
    lastZxid: 0 as Zxid,
    trusted: true,
  };
}
