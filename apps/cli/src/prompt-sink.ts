import { clearScreenDown, cursorTo, type Interface, moveCursor } from 'node:readline';
import type { Io } from './io.ts';
import type { Sink } from './printer.ts';

/** Writes above the line that is being typed, so that what comes meanwhile does not tear it. */
export class PromptSink implements Sink {
  readonly #io: Io;
  #terminal: Interface | undefined;
  #promptText: () => string = () => '';
  /** The prompt is on the screen. */
  #shown = false;

  constructor(io: Io) {
    this.#io = io;
  }

  attach(terminal: Interface, promptText: () => string): void {
    this.#terminal = terminal;
    this.#promptText = promptText;
  }

  /** The terminal is done with: what comes now begins on a line of its own. */
  detach(): void {
    if (this.#shown) this.#io.stdout.write('\n');
    this.#shown = false;
    this.#terminal = undefined;
  }

  /** Shows the prompt, with what was typed ahead. */
  show(): void {
    const terminal = this.#terminal;
    if (terminal === undefined) return;
    this.#shown = true;
    terminal.setPrompt(this.#promptText());
    forgetRows(terminal);
    terminal.prompt(true);
  }

  /** Shows the prompt anew if it is on the screen: it has something else to say. */
  refresh(): void {
    if (this.#shown) this.#write(this.#io.stdout, '');
  }

  /** The line was sent off: until the next prompt all is written as it comes. */
  hide(): void {
    this.#shown = false;
  }

  /** Leaves what was typed where it stands and begins a new line. */
  abandonLine(): void {
    const terminal = this.#terminal;
    if (terminal === undefined) return;
    // Readline has no other way to drop a line than the keys that do: to its end, and all before it away.
    terminal.write(null, { ctrl: true, name: 'e' });
    this.#io.stdout.write('^C\n');
    forgetRows(terminal);
    terminal.write(null, { ctrl: true, name: 'u' });
    this.show();
  }

  out(text: string | Uint8Array): void {
    this.#write(this.#io.stdout, text);
  }

  err(text: string): void {
    this.#write(this.#io.stderr, text);
  }

  #write(stream: NodeJS.WritableStream, text: string | Uint8Array): void {
    const terminal = this.#terminal;
    if (terminal === undefined || !this.#shown) {
      stream.write(text);
      return;
    }
    const { stdout } = this.#io;
    moveCursor(stdout, 0, -terminal.getCursorPos().rows);
    cursorTo(stdout, 0);
    clearScreenDown(stdout);
    stream.write(text);
    this.show();
  }
}

/** What readline remembers of the rows it used last belongs to a line that has scrolled away. */
function forgetRows(terminal: Interface): void {
  (terminal as { prevRows?: number }).prevRows = 0;
}
