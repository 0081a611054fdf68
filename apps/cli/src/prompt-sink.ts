import { clearScreenDown, cursorTo, type Interface, moveCursor } from 'node:readline';
import type { Io } from './io.ts';
import type { Sink } from './printer.ts';

/** Writes above the line that is being typed, so that output that arrives meanwhile does not break into it. */
export class PromptSink implements Sink {
  readonly #io: Io;
  #terminal: Interface | undefined;
  #promptText: () => string = () => '';
  /** Whether the prompt is on the screen. */
  #shown = false;

  constructor(io: Io) {
    this.#io = io;
  }

  attach(terminal: Interface, promptText: () => string): void {
    this.#terminal = terminal;
    this.#promptText = promptText;
  }

  /** Stops using the terminal. Later output begins on a line of its own. */
  detach(): void {
    if (this.#shown) this.#io.stdout.write('\n');
    this.#shown = false;
    this.#terminal = undefined;
  }

  /** Shows the prompt, followed by anything that was typed ahead. */
  show(): void {
    const terminal = this.#terminal;
    if (terminal === undefined) return;
    this.#shown = true;
    terminal.setPrompt(this.#promptText());
    forgetRows(terminal);
    terminal.prompt(true);
  }

  /** Redraws the prompt if it is on the screen, because its text has changed. */
  refresh(): void {
    if (this.#shown) this.#write(this.#io.stdout, '');
  }

  /** Called when a line was entered. Until the next prompt, output is written as it arrives. */
  hide(): void {
    this.#shown = false;
  }

  /** Leaves the typed text on the screen and begins a new line. */
  abandonLine(): void {
    const terminal = this.#terminal;
    if (terminal === undefined) return;
    // Readline drops a line only by keys: Ctrl-E moves to its end, and Ctrl-U deletes everything before the cursor.
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

/** Makes readline forget how many rows it used last, because those belong to a line that has scrolled away. */
function forgetRows(terminal: Interface): void {
  (terminal as { prevRows?: number }).prevRows = 0;
}
