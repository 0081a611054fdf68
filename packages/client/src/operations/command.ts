import type {
  BarrierEnterRequest,
  BarrierLeaveRequest,
  LineJoinRequest,
  LineLeaveRequest,
  LineStatusRequest,
  OpCode,
  Zxid,
} from '@conclave/protocol';

export interface LineHolderQuery {
  readonly op: typeof OpCode.lineHolder;
  readonly path: string;
}

/** What recipes ask for by `request`. */
export type Command =
  | LineJoinRequest
  | LineLeaveRequest
  | LineStatusRequest
  | LineHolderQuery
  | BarrierEnterRequest
  | BarrierLeaveRequest;

/** A response with the transaction of the write, or the last one applied when the read was made. */
export type Answered<R> = R & { readonly zxid: Zxid };
