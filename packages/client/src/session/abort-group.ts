/** What can be aborted by a signal. */
export interface Abortable {
  handleAbort(reason: unknown): void;
}

const groups = new WeakMap<AbortSignal, AbortGroup>();

/**
 * All members that wait under one signal, behind a single listener. Thousands of calls may share a signal, and one
 * listener for each is slow and makes Node.js warn of a leak.
 */
class AbortGroup implements EventListenerObject {
  readonly #signal: AbortSignal;
  readonly #members = new Set<Abortable>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this);
  }

  add(member: Abortable): void {
    this.#members.add(member);
  }

  remove(member: Abortable): void {
    if (!this.#members.delete(member) || this.#members.size > 0) return;
    this.#signal.removeEventListener('abort', this);
    groups.delete(this.#signal);
  }

  handleEvent(): void {
    for (const member of [...this.#members]) member.handleAbort(this.#signal.reason);
  }
}

/** Aborts `member` when the signal fires, until `stopListening`. */
export function listenForAbort(signal: AbortSignal, member: Abortable): void {
  let group = groups.get(signal);
  if (group === undefined) {
    group = new AbortGroup(signal);
    groups.set(signal, group);
  }
  group.add(member);
}

export function stopListening(signal: AbortSignal, member: Abortable): void {
  groups.get(signal)?.remove(member);
}
