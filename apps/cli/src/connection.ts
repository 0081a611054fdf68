import {
  type AuthCredential,
  type Client,
  ConclaveError,
  type ConnectOptions,
  connect,
} from '@conclave/client';

/** Opens a session; tests hand in their own. */
export type Connect = (options: ConnectOptions) => Promise<Client>;

export interface ConnectionOptions {
  readonly servers: readonly string[] | string;
  readonly sessionTimeoutMs: number;
  readonly connectTimeoutMs: number;
  /** Identities that every session has from its beginning. */
  readonly auth?: readonly AuthCredential[];
  readonly connect?: Connect;
  /** Told when the connection breaks, comes back, or the session is lost. */
  readonly onNotice?: (text: string) => void;
}

/** The session that the commands share: opened when the first of them wants it, and anew when it was lost. */
export class Connection {
  readonly #options: ConnectionOptions;
  #servers: readonly string[] | string;
  #auth: readonly AuthCredential[];
  #opening: Promise<Client> | undefined;
  #client: Client | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#servers = options.servers;
    this.#auth = options.auth ?? [];
  }

  /** The session, if one is open or was lost. */
  get current(): Client | undefined {
    return this.#client;
  }

  /** Rejects with what `connect` rejects with, or with the signal's reason. */
  async client(signal?: AbortSignal): Promise<Client> {
    signal?.throwIfAborted();
    if (this.#client !== undefined) {
      if (!isOver(this.#client)) return this.#client;
      this.#forget();
    }
    this.#opening ??= this.#open();
    return await abortable(this.#opening, signal);
  }

  /** Takes one more identity, for this session and those that follow it. Rejects with AUTH_FAILED. */
  async addAuth(scheme: string, credential: string, signal: AbortSignal): Promise<void> {
    const client = await this.client(signal);
    await client.addAuth(scheme, credential, { signal });
    this.#auth = [...this.#auth, { scheme, credential }];
  }

  /**
   * Ends the session, then opens one with other servers, or with the same ones again. What was shown to some is not
   * shown to others.
   */
  async reopen(servers: readonly string[] | string | undefined, signal: AbortSignal): Promise<Client> {
    await this.close();
    if (servers !== undefined) {
      this.#servers = servers;
      this.#auth = [];
    }
    return await this.client(signal);
  }

  /** Ends the session; the next command opens another. Never rejects. */
  async close(): Promise<void> {
    const opening = this.#opening;
    this.#forget();
    const client = await opening?.catch(() => undefined);
    await client?.close();
  }

  async #open(): Promise<Client> {
    const { sessionTimeoutMs, connectTimeoutMs, onNotice } = this.#options;
    const servers = this.#servers;
    try {
      const open = this.#options.connect ?? connect;
      const client = await open({ servers, sessionTimeoutMs, connectTimeoutMs, auth: this.#auth });
      this.#client = client;
      if (onNotice !== undefined) this.#tell(client, onNotice);
      return client;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  #tell(client: Client, onNotice: (text: string) => void): void {
    client.onState((state) => {
      if (this.#client !== client) return;
      if (state === 'suspended') onNotice('the connection is lost, and another server is looked for');
      else if (state === 'connected') onNotice('connected again, in the same session');
      else if (state === 'expired') {
        onNotice('the session has expired: its ephemeral nodes, watches and locks are gone');
      }
    });
  }

  #forget(): void {
    this.#opening = undefined;
    this.#client = undefined;
  }
}

/** Commands want a session that can still do something. */
function isOver(client: Client): boolean {
  return client.state === 'expired' || client.state === 'closed';
}

async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const handleAbort = () => reject(signal.reason);
  signal.addEventListener('abort', handleAbort);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', handleAbort);
  }
}

/** A node that a command needs and that is not there. */
export function noNode(path: string): ConclaveError {
  return new ConclaveError('NO_NODE', `${path}: no such node`, { path });
}
