import type { Response } from '@conclave/protocol';
import { ConclaveError } from './errors.ts';

/** The type of the response to a request with the opcode `Op`. */
export type ResponseTo<Op extends number, R = Response> = R extends { readonly op: infer P }
  ? Op extends P
    ? R
    : never
  : never;

/** The decoder reads a response by the opcode of its request; this carries the fact into the types. */
export function mustAnswer<Op extends Response['op']>(response: Response, op: Op): ResponseTo<Op> {
  if (response.op !== op)
    throw new ConclaveError('BAD_ANSWER', `expected an answer to operation ${op}, got one to ${response.op}`);
  return response as ResponseTo<Op>;
}
