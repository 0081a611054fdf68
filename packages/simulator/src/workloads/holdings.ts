import { checkExclusion, type Holding } from '../checkers/exclusion.ts';
import type { StateModel } from '../checkers/state-model.ts';
import type { Ticker } from '../history.ts';
import { Violation } from '../violation.ts';

/** The history of who held what; each belief is also compared with what is so. */
export class Holdings {
  readonly #state: StateModel;
  readonly #ticker: Ticker;
  readonly #all: Holding[] = [];

  constructor(state: StateModel, ticker: Ticker) {
    this.#state = state;
    this.#ticker = ticker;
  }

  /** Somebody was granted the line at `what`. What is returned is to be called whenever it finds that it still holds it. */
  begin(what: string, holder: string, token: number): () => void {
    const from = this.#ticker.next();
    const holding: Holding & { until: number } = { what, holder, token, from, until: from };
    this.#all.push(holding);
    const believe = (): void => {
      holding.until = this.#ticker.next();
      const head = this.#state.headOf(what);
      if (head?.node.czxid === token) return;
      const detail = `${holder} believes to hold ${what} with ${token}, which ${head?.node.czxid ?? 'nobody'} holds`;
      throw new Violation('one holder at a time', detail);
    };
    return believe;
  }

  /** Throws `Violation`. */
  check(): void {
    checkExclusion(this.#all);
  }
}
