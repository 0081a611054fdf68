import type { Zxid } from '@conclave/protocol';
import type { Entry, ServerId } from './entry.ts';
import type { ZabMessage } from './messages.ts';
import type { PersistBatch, Ready } from './ready.ts';

const NONE: readonly never[] = [];

/** Gathers the content of the next `Ready`. */
export class Outbox {
  #messages: { to: ServerId; message: ZabMessage }[] = [];
  #snapshotsToSend: { to: ServerId }[] = [];
  #confirmed: { request: number; zxid: Zxid }[] = [];
  #refused: number[] = [];
  snapshotToInstall: { from: ServerId; zxid: Zxid } | undefined;
  resetTo: Zxid | undefined;

  send(to: ServerId, message: ZabMessage): void {
    this.#messages.push({ to, message });
  }

  sendSnapshot(to: ServerId): void {
    this.#snapshotsToSend.push({ to });
  }

  confirm(request: number, zxid: Zxid): void {
    this.#confirmed.push({ request, zxid });
  }

  refuse(request: number): void {
    this.#refused.push(request);
  }

  take(batch: PersistBatch | undefined, committed: readonly Entry[]): Ready {
    const ready: Ready = {
      messages: orNone(this.#messages),
      persist: batch === undefined ? NONE : [batch],
      committed,
      snapshotsToSend: orNone(this.#snapshotsToSend),
      snapshotToInstall: this.snapshotToInstall,
      confirmed: orNone(this.#confirmed),
      refusedConfirmations: orNone(this.#refused),
      resetTo: this.resetTo,
    };
    // What was handed out must not grow afterwards; what was empty was not handed out.
    if (this.#messages.length > 0) this.#messages = [];
    if (this.#snapshotsToSend.length > 0) this.#snapshotsToSend = [];
    if (this.#confirmed.length > 0) this.#confirmed = [];
    if (this.#refused.length > 0) this.#refused = [];
    this.snapshotToInstall = undefined;
    this.resetTo = undefined;
    return ready;
  }
}

function orNone<T>(items: readonly T[]): readonly T[] {
  return items.length > 0 ? items : NONE;
}
