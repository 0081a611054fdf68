import type {
  BarrierEnterRequest,
  BarrierLeaveRequest,
  LineJoinRequest,
  LineLeaveRequest,
  LineStatusRequest,
  OpCode,
  Zxid,
} from '@conclave/protocol';

/** The command that reads which contender is at the head of a line. */
export interface LineHolderQuery {
  /** Says which command this is. */
  readonly op: typeof OpCode.lineHolder;
  /** The path of the line. */
  readonly path: string;
}

/** The operations that recipes are made of; `Client.request` sends one. */
export type Command =
  | LineJoinRequest
  | LineLeaveRequest
  | LineStatusRequest
  | LineHolderQuery
  | BarrierEnterRequest
  | BarrierLeaveRequest;

/** A response, with the transaction of the write or the last one that the server had applied when it read. */
export type Answered<R> = R & { readonly zxid: Zxid };
