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

  /** The terminal is done with. */
  detach(): void {
    this.#shown = false;
    this.#terminal = undefined;
  }

  /** Shows the prompt, with what was typed ahead. */
  show(): void {
    const terminal = this.#terminal;
    if (terminal === undefined) return;
    this.#shown = true;
    terminal.setPrompt(this.#promptText());
    // What readline remembers of the rows it used last belongs to a line that scrolled away.
    (terminal as { prevRows?: number }).prevRows = 0;
    terminal.prompt(true);
  }

  /** The line was sent off: until the next prompt all is written as it comes. */
  hide(): void {
    this.#shown = false;
  }

  /** Leaves what was typed where it stands and begins a new line. */
  abandonLine(): void {
    const terminal = this.#terminal;
    if (terminal === undefined) return;
    this.#io.stdout.write('^C\n');
    // Readline has no other way to drop a line.
    terminal.write(null, { ctrl: true, name: 'e' });
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
