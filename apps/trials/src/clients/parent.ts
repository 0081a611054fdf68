import type { Achievement } from './achievement.ts';
import type { ClientOrder, ClientReport } from './messages.ts';

/** A client process's connection to the program that started it. That program is also the resource that locks guard. */
export class Parent {
  readonly #stop = new AbortController();
  readonly #uses = new Map<number, () => void>();
  #lastUse = 0;
  #pauses = 0;
  readonly #handleGone = (): void => process.exit(1);

  constructor() {
    process.on('message', (order: ClientOrder) => this.#handle(order));
    process.once('disconnect', this.#handleGone);
  }

  /** Aborts when the client should end. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** Returns true once for each order to pause while holding a lock. */
  mustPauseHolding(): boolean {
    if (this.#pauses === 0) return false;
    this.#pauses--;
    return true;
  }

  reportAchieved(achievement: Achievement): void {
    this.#send({ type: 'achieved', achievement });
  }

  /** Reports the grant that the client holds. Resolves when the report is sent, so that the process may then stop. */
  reportPausing(lock: string, token: number): Promise<void> {
    return new Promise((resolve) => this.#send({ type: 'pausing', lock, token }, resolve));
  }

  /** Uses the resource. Resolves when it has answered, so that a later use arrives later. */
  use(lock: string, token: number): Promise<void> {
    return new Promise((resolve) => {
      const use = ++this.#lastUse;
      this.#uses.set(use, resolve);
      this.#send({ type: 'use', use, lock, token });
    });
  }

  /** Lets the process end. */
  leave(): void {
    process.off('disconnect', this.#handleGone);
    process.disconnect();
  }

  #handle(order: ClientOrder): void {
    switch (order.type) {
      case 'stop':
        this.#stop.abort();
        break;
      case 'pauseHolding':
        this.#pauses++;
        break;
      case 'used':
        this.#uses.get(order.use)?.();
        this.#uses.delete(order.use);
        break;
      default:
        order satisfies never;
    }
  }

  #send(report: ClientReport, sent?: () => void): void {
    process.send?.(report, undefined, {}, () => sent?.());
  }
}
