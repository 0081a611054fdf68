import {
  type AuthCredential,
  type Client,
  ConclaveError,
  type ConnectOptions,
  connect,
} from '@conclave/client';

/** Opens a session. Tests supply their own. */
export type Connect = (options: ConnectOptions) => Promise<Client>;

export interface ConnectionOptions {
  readonly servers: readonly string[] | string;
  readonly sessionTimeoutMs: number;
  readonly connectTimeoutMs: number;
  /** Identities that every session has from the start. */
  readonly auth?: readonly AuthCredential[];
  readonly connect?: Connect;
  /** Called when the connection breaks or comes back, and when the session is lost. */
  readonly onNotice?: (text: string) => void;
}

/** The session that the commands share. A command that needs it opens it, also again after it was lost. */
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

  /** The session, if one is open or has been lost. */
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

  /** Adds an identity to this session and to those that follow it. Rejects with AUTH_FAILED. */
  async addAuth(scheme: string, credential: string, signal: AbortSignal): Promise<void> {
    const client = await this.client(signal);
    await client.addAuth(scheme, credential, { signal });
    this.#auth = [...this.#auth, { scheme, credential }];
  }

  /**
   * Ends the session, then opens another one with other servers, or with the same ones. Identities that some servers
   * have seen are not presented to others.
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
      if (onNotice !== undefined) this.#reportStates(client, onNotice);
      return client;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  #reportStates(client: Client, onNotice: (text: string) => void): void {
    client.onState((state) => {
      if (this.#client !== client) return;
      if (state === 'suspended') onNotice('the connection is lost; looking for another server');
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

/** Whether the session can no longer serve a command. */
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

/** The error for a node that a command needs and that does not exist. */
export function noNode(path: string): ConclaveError {
  return new ConclaveError('NO_NODE', `${path}: no such node`, { path });
}
