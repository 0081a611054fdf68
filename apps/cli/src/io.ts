import type { Readable, Writable } from 'node:stream';
import type { Connect } from './connection.ts';

/** The parts of the outside world that the program uses. Tests supply their own. */
export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Opens sessions. Default: the client's `connect`. */
  readonly connect?: Connect;
}
