import { checkExclusion, type Holding } from '../checkers/exclusion.ts';
import type { StateModel } from '../checkers/state-model.ts';
import type { Ticker } from '../history.ts';
import { Violation } from '../violation.ts';

/** The history of all holders. Each belief of a holder is also compared with the state. */
export class Holdings {
  readonly #state: StateModel;
  readonly #ticker: Ticker;
  readonly #all: Holding[] = [];

  constructor(state: StateModel, ticker: Ticker) {
    this.#state = state;
    this.#ticker = ticker;
  }

  /**
   * Notes that a client was granted the line at `what`. The client must call the returned function whenever it finds
   * that it still holds the grant.
   */
  begin(what: string, holder: string, token: number): () => void {
    const from = this.#ticker.next();
    const holding: Holding & { until: number } = { what, holder, token, from, until: from };
    this.#all.push(holding);
    const believe = (): void => {
      holding.until = this.#ticker.next();
      const head = this.#state.headOf(what);
      if (head?.node.czxid === token) return;
      const detail = `${holder} believes that it holds ${what} with ${token}, but the holder is ${head?.node.czxid ?? 'none'}`;
      throw new Violation('one holder at a time', detail);
    };
    return believe;
  }

  /** Checks all holdings so far. Throws `Violation`. */
  check(): void {
    checkExclusion(this.#all);
  }
}
