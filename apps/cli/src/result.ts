import type { JsonValue } from './json.ts';
import type { Styling } from './styling.ts';

/** What a command returns to be printed. */
export interface Result {
  /** For programs: what `--json` prints, on one line. */
  readonly json: JsonValue;
  /** For people and pipes. Nothing is printed for an empty text. */
  render(styling: Styling): string | Uint8Array;
}

/** A result that prints nothing except with `--json`. */
export function quietly(json: JsonValue): Result {
  return { json, render: () => '' };
}
