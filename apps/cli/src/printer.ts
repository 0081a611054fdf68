import { formatZxid, type TreeEvent, type WatchEvent } from '@conclave/client';
import { printable } from './data-format.ts';
import type { Failure } from './failure.ts';
import type { JsonValue } from './json.ts';
import type { Result } from './result.ts';
import type { Styling } from './styling.ts';

/** Where lines go. The shell's sink leaves the line that is being typed in one piece. */
export interface Sink {
  out(text: string | Uint8Array): void;
  err(text: string): void;
}

export interface PrinterOptions {
  readonly sink: Sink;
  readonly outStyling: Styling;
  readonly errStyling: Styling;
  readonly json: boolean;
}

/** Results go to standard output, everything else to standard error. */
export class Printer {
  readonly #options: PrinterOptions;

  constructor(options: PrinterOptions) {
    this.#options = options;
  }

  result(result: Result): void {
    const { sink, outStyling, json } = this.#options;
    if (json) {
      sink.out(jsonLine(result.json));
      return;
    }
    const text = result.render(outStyling);
    if (text.length === 0) return;
    sink.out(typeof text === 'string' ? `${text}\n` : Buffer.concat([text, Buffer.from('\n')]));
  }

  /** Prints the event of a watch. */
  event({ type, path, zxid }: WatchEvent | TreeEvent): void {
    const { sink, outStyling, json } = this.#options;
    const at = zxid === undefined ? null : formatZxid(zxid);
    if (json) {
      sink.out(jsonLine({ watch: { type, path, zxid: at } }));
    } else if (outStyling.terminal) {
      const when = at === null ? '' : outStyling.dim(` at ${at}`);
      sink.out(`${outStyling.good('watch:')} ${printable(path)} ${type}${when}\n`);
    } else {
      sink.out(`${['watch', type, path, at ?? ''].join('\t')}\n`);
    }
  }

  notice(text: string): void {
    const { sink, errStyling, json } = this.#options;
    if (json) sink.err(jsonLine({ notice: text }));
    else sink.err(`${errStyling.dim(text)}\n`);
  }

  failure({ text, json: value }: Failure): void {
    const { sink, errStyling, json } = this.#options;
    if (json) sink.err(jsonLine({ error: value }));
    else sink.err(`${errStyling.bad(printable(text))}\n`);
  }

  /** Shows where in a line the error is. */
  pointAt(line: string, column: number): void {
    const { sink, errStyling, json } = this.#options;
    if (json) return;
    const shown = (text: string) => printable(text).replaceAll('\t', ' ');
    const indent = ' '.repeat(shown(line.slice(0, column)).length);
    sink.err(`${shown(line)}\n${indent}${errStyling.bad('^')}\n`);
  }
}

function jsonLine(value: JsonValue): string {
  return `${JSON.stringify(value)}\n`;
}
