import type { Readable, Writable } from 'node:stream';
import type { Connect } from './connection.ts';

/** What the program is given of the world, so that tests can give it something else. */
export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Opens sessions; the client's own way by default. */
  readonly connect?: Connect;
}
