/**
 * What the watches of a session were told. A server sends an event once, and the SDK tells it to each watch that it
 * fires: told to several, it is written down once; told to one several times, so often.
 */
export class ToldEvents {
  #texts: string[] = [];
  readonly #written = new Map<string, number>();
  readonly #toldTo = new Map<object, Map<string, number>>();

  get size(): number {
    return this.#texts.length;
  }

  tell(listener: object, text: string): void {
    const counts = this.#toldTo.get(listener) ?? new Map<string, number>();
    this.#toldTo.set(listener, counts);
    const count = (counts.get(text) ?? 0) + 1;
    counts.set(text, count);
    if (count <= (this.#written.get(text) ?? 0)) return;
    this.#written.set(text, count);
    this.#texts.push(text);
  }

  take(): string[] {
    const texts = this.#texts;
    this.#texts = [];
    this.#written.clear();
    this.#toldTo.clear();
    return texts;
  }
}
