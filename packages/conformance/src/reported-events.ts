/**
 * The events that the watches of a session reported. A server sends an event once, and the SDK delivers it to each watch
 * that it fires. So an event that several watches report is recorded once. An event that one watch reports several
 * times is recorded as often.
 */
export class ReportedEvents {
  #texts: string[] = [];
  readonly #recorded = new Map<string, number>();
  readonly #countsByListener = new Map<object, Map<string, number>>();

  get size(): number {
    return this.#texts.length;
  }

  report(listener: object, text: string): void {
    const counts = this.#countsByListener.get(listener) ?? new Map<string, number>();
    this.#countsByListener.set(listener, counts);
    const count = (counts.get(text) ?? 0) + 1;
    counts.set(text, count);
    if (count <= (this.#recorded.get(text) ?? 0)) return;
    this.#recorded.set(text, count);
    this.#texts.push(text);
  }

  take(): string[] {
    const texts = this.#texts;
    this.#texts = [];
    this.#recorded.clear();
    this.#countsByListener.clear();
    return texts;
  }
}
