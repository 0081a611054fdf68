import type { EventType, Request, RequestHeader, Response } from '@conclave/protocol';

/**
 * What happens to a request. It is done and answered (`answer`). It is lost with the connection before it is done
 * (`loseRequest`). It is done, and its answer is lost with the connection (`loseAnswer`) or on a connection that stays
 * (`withholdAnswer`). Neither it nor anything after it is read (`silence`). Or it is refused with an error number.
 */
export type Fate =
  | 'answer'
  | 'loseRequest'
  | 'loseAnswer'
  | 'withholdAnswer'
  | 'silence'
  | { readonly error: number };

export interface Answer {
  readonly error: number;
  readonly zxid: number;
  readonly response: Response | undefined;
}

export interface FakeNode {
  data: Uint8Array | null;
  version: number;
  cversion: number;
  czxid: number;
  mzxid: number;
  pzxid: number;
  owner: bigint;
}

export interface SessionOf<Connection> {
  readonly id: bigint;
  readonly timeoutMs: number;
  readonly password: Uint8Array;
  readonly isNative: boolean;
  readonly answers: Map<number, Answer>;
  lastXid: number;
  /** When the ensemble last got a request of the session, on its own clock. */
  lastRequestAt: number;
  connection: Connection | undefined;
}

/** The parts of the ensemble that its connections work with. */
export interface Serving<Connection> {
  readonly isNative: boolean;
  readonly isMute: boolean;
  readonly timeoutMsMax: number;
  readonly nodes: ReadonlyMap<string, FakeNode>;
  readonly sessions: Map<bigint, SessionOf<Connection>>;
  readonly connections: Set<Connection>;
  readonly requests: { readonly header: RequestHeader; readonly request: Request }[];
  readonly history: readonly { readonly type: EventType; readonly path: string; readonly zxid: number }[];
  readonly historyFloor: number;
  eventsLeft: number;
  zxid: number;
  decideFate(header: RequestHeader, request: Request, connection: Connection): Fate;
  now(): number;
  closeSession(session: SessionOf<Connection>): void;
  apply(session: SessionOf<Connection>, request: Request): number | Response;
  read(request: Request): number | Response;
}
