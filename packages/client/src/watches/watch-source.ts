import { OpCode, unreachable, type Zxid } from '@conclave/protocol';
import { isConclaveError } from '../errors.ts';
import { mustAnswer } from '../response-to.ts';
import type { WatchSource } from './node-watch.ts';
import type { NodeState, WatchKind } from './watch-event.ts';
import type { WatchingSession } from './watching-session.ts';

/**
 * Reads a node with reads that leave one-shot watches behind. The state of the session's own server is recent enough,
 * because that server fires the watch when it applies more.
 */
export class SessionWatchSource implements WatchSource {
  readonly kind: WatchKind;
  readonly #session: Pick<WatchingSession, 'perform' | 'watches'>;
  readonly #path: string;

  constructor(session: Pick<WatchingSession, 'perform' | 'watches'>, kind: WatchKind, path: string) {
    this.#session = session;
    this.kind = kind;
    this.#path = path;
  }

  look(onFire: () => void, signal: AbortSignal): Promise<NodeState> {
    switch (this.kind) {
      case 'data':
        return this.#lookAtNode(onFire, signal);
      case 'children':
        return this.#lookAtChildren(onFire, signal);
      case 'holder':
        return this.#lookAtHolder(onFire, signal);
      default:
        return unreachable(this.kind);
    }
  }

  forget(onFire: () => void): void {
    this.#session.watches.oneShot.remove(this.#path, onFire);
  }

  async #lookAtNode(watch: () => void, signal: AbortSignal): Promise<NodeState> {
    const op = OpCode.exists;
    try {
      const { response, zxid } = await this.#session.perform(
        { op, path: this.#path, watch: true },
        { watch, signal },
      );
      return { stat: mustAnswer(response, op).stat, holder: null, zxid };
    } catch (error) {
      return { stat: null, holder: null, zxid: zxidOfAbsence(error) };
    }
  }

  async #lookAtChildren(watch: () => void, signal: AbortSignal): Promise<NodeState> {
    const op = OpCode.getChildren2;
    for (;;) {
      try {
        const { response, zxid } = await this.#session.perform(
          { op, path: this.#path, watch: true },
          { watch, signal },
        );
        return { stat: mustAnswer(response, op).stat, holder: null, zxid };
      } catch (error) {
        zxidOfAbsence(error);
      }
      // A node that does not exist has no children to watch, so watch for its creation.
      const state = await this.#lookAtNode(watch, signal);
      if (state.stat === null) return state;
    }
  }

  async #lookAtHolder(watch: () => void, signal: AbortSignal): Promise<NodeState> {
    const op = OpCode.lineHolder;
    const { response, zxid } = await this.#session.perform(
      { op, path: this.#path, watch: true },
      { watch, signal },
    );
    const holder = mustAnswer(response, op);
    return { stat: null, holder: holder.node === '' ? null : holder, zxid };
  }
}

/** Returns the zxid of a NO_NODE error, and throws every other error on. */
function zxidOfAbsence(error: unknown): Zxid {
  if (isConclaveError(error) && error.code === 'NO_NODE' && error.zxid !== undefined)
    return error.zxid as Zxid;
  throw error;
}
