import {
  CreateFlag,
  type MultiOperation,
  makeZxid,
  OPEN_ACL,
  OpCode,
  type ReadRequest,
  type Response,
  type StatFields,
  type UnguardedWrite,
  type Zxid,
} from '@conclave/protocol';
import {
  type Applied,
  type Asker,
  type Command,
  type Credentials,
  decodePayload,
  encodeCommand,
  encodeCredentials,
  NO_CREDENTIALS,
  SUPER_CREDENTIALS,
  stampTime,
  Tree,
} from '@conclave/tree';

export interface From {
  readonly session?: number;
  readonly xid?: number;
  readonly confirmed?: number;
  readonly native?: boolean;
  readonly as?: Credentials;
  readonly quotasEnforced?: boolean;
}

/** Plays the log: gives each command its zxid and time, and passes it through its written form. */
export class Driver {
  tree: Tree;
  /** By how much the leader's clock is ahead of the usual. */
  lateMs = 0;
  #counter = 0;

  constructor(tree = new Tree()) {
    this.tree = tree;
  }

  apply(command: Command, from: From = {}): Applied {
    const { session = 0, xid = 0, confirmed = 0, native = false, as = NO_CREDENTIALS, quotasEnforced } = from;
    const credentials = encodeCredentials(as);
    const fields = { origin: 1, sessionId: session, xid, confirmed, native, credentials, quotasEnforced };
    const payload = encodeCommand(fields, command);
    stampTime(payload, timeOf(++this.#counter) + this.lateMs);
    return this.tree.apply(decodePayload(zxidOf(this.#counter), payload));
  }

  /** The zxid that the next command gets. */
  get nextZxid(): Zxid {
    return zxidOf(this.#counter + 1);
  }

  /** Goes on where another driver stands. */
  continueFrom(other: Driver): this {
    this.#counter = other.#counter;
    return this;
  }

  openSession(native = true): number {
    const password = new Uint8Array(16).fill(this.#counter);
    const { sessionCreated } = this.apply({ op: OpCode.createSession, timeoutMs: 10_000, password, native });
    return sessionCreated?.id ?? -1;
  }

  closeSession(session: number, reason: 'client' | 'expired' = 'expired'): Applied {
    return this.apply({ op: OpCode.closeSession, reason }, { session });
  }

  read(request: ReadRequest, sessionId = 0, credentials = NO_CREDENTIALS): Response<StatFields> | number {
    const { error, response } = this.tree.read(request, { sessionId, credentials });
    return response ?? error;
  }

  stat(path: string): StatFields | undefined {
    const response = this.read({ op: OpCode.exists, path, watch: false }, 0, SUPER_CREDENTIALS);
    return typeof response === 'object' && response.op === OpCode.exists ? response.stat : undefined;
  }

  children(path: string): readonly string[] {
    const response = this.read({ op: OpCode.getChildren, path, watch: false }, 0, SUPER_CREDENTIALS);
    return typeof response === 'object' && response.op === OpCode.getChildren
      ? [...response.children].sort()
      : [];
  }
}

export function zxidOf(counter: number): Zxid {
  return makeZxid(1, counter);
}

export function timeOf(counter: number): number {
  return 1_700_000_000_000 + counter;
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

type CreateCommand = Extract<MultiOperation, { path: string; flags: number }>;

export function create(
  path: string,
  data: string | null = '',
  flags: number = CreateFlag.persistent,
): CreateCommand {
  return { op: OpCode.create, path, data: data === null ? null : bytes(data), acl: OPEN_ACL, flags };
}

export function remove(path: string, version = -1): MultiOperation & UnguardedWrite {
  return { op: OpCode.delete, path, version };
}

export function setData(path: string, data: string | null, version = -1): MultiOperation & UnguardedWrite {
  return { op: OpCode.setData, path, data: data === null ? null : bytes(data), version };
}

export function join(path: string, prefix: string, wait = true): UnguardedWrite {
  return { op: OpCode.lineJoin, path, prefix, data: null, wait };
}

export function leave(path: string, prefix: string): UnguardedWrite {
  return { op: OpCode.lineLeave, path, prefix };
}

export function enter(path: string, name: string, parties: number): UnguardedWrite {
  return { op: OpCode.barrierEnter, path, name, parties, data: null };
}

export function depart(path: string, name: string): UnguardedWrite {
  return { op: OpCode.barrierLeave, path, name };
}

/** The asker of reads that may see everything. */
export const seer: Asker = { sessionId: 0, credentials: SUPER_CREDENTIALS };

/** All rows of a checkpoint, in slices of `rowsMax`. */
export function takeCheckpoint(tree: Tree, rowsMax = 100): ReturnType<Tree['checkpointRows']> {
  tree.beginCheckpoint();
  const rows: ReturnType<Tree['checkpointRows']> = [];
  while (!tree.checkpointDone()) rows.push(...tree.checkpointRows(rowsMax));
  return rows;
}
