import type { Answer } from './answers.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Digest } from './digest.ts';
import type { Namespace } from './namespace.ts';
import { isOfSession } from './node-owner.ts';
import type { Session } from './session.ts';
import type { Znode } from './znode.ts';

/** All sessions, and the only place where they change. */
export class Sessions {
  readonly #sessions = new Map<number, Session>();
  readonly #digest: Digest;
  readonly #checkpoint: Checkpoint;

  constructor(digest: Digest, checkpoint: Checkpoint) {
    this.#digest = digest;
    this.#checkpoint = checkpoint;
  }

  get size(): number {
    return this.#sessions.size;
  }

  find(id: number): Session | undefined {
    return this.#sessions.get(id);
  }

  all(): Iterable<Session> {
    return this.#sessions.values();
  }

  ownerOf(node: Znode): Session | undefined {
    return !isOfSession(node.owner) ? undefined : this.#sessions.get(node.owner);
  }

  open(session: Session): void {
    this.restore(session);
    this.#checkpoint.born(session);
  }

  /** Adds a session from a checkpoint. */
  restore(session: Session): void {
    session.hashAll();
    this.#sessions.set(session.id, session);
    this.#digest.add(session);
  }

  /** Ends a session. Its ephemerals are removed with it, in the order of their paths. */
  close(session: Session, namespace: Namespace): void {
    for (const path of [...(session.ephemerals ?? [])].sort()) {
      const node = namespace.find(path);
      if (node !== undefined && namespace.canRemove(node, session)) namespace.remove(node, session);
    }
    this.#checkpoint.willDie(session);
    this.#digest.subtract(session);
    this.#sessions.delete(session.id);
  }

  /** Notes that the client has the answers up to `xid`. */
  confirm(session: Session, xid: number): void {
    if (xid <= session.answers.confirmed) return;
    this.#beforeChange(session);
    session.answers.confirm(xid);
    this.#afterChange(session);
  }

  /** Keeps the answer to request `xid`. The client has the answers up to `confirmed`. */
  remember(session: Session, xid: number, confirmed: number, answer: Answer): void {
    this.#beforeChange(session);
    session.answers.confirm(confirmed);
    session.answers.remember(xid, answer);
    this.#afterChange(session);
  }

  #beforeChange(session: Session): void {
    this.#checkpoint.willChange(session);
    this.#digest.subtract(session);
  }

  #afterChange(session: Session): void {
    session.hashAll();
    this.#digest.add(session);
  }
}
