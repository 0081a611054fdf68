import type { JsonValue } from './json.ts';
import type { Styling } from './styling.ts';

/** What a command has to say. */
export interface Result {
  /** For programs: what `--json` prints, on one line. */
  readonly json: JsonValue;
  /** For people and pipes; nothing is printed for an empty text. */
  render(styling: Styling): string | Uint8Array;
}

/** A command that says nothing when all went well, but to programs. */
export function quietly(json: JsonValue): Result {
  return { json, render: () => '' };
}
