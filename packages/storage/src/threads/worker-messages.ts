import type { ErrorData } from './error-transport.ts';

/** A request to a storage thread; its reply carries the same id. */
export interface RequestMessage<Request> {
  readonly id: number;
  readonly request: Request;
}

export type ReplyMessage =
  | { readonly type: 'reply'; readonly id: number; readonly value: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: ErrorData };
