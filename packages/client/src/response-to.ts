import type { Response } from '@conclave/protocol';
import { ConclaveError } from './errors.ts';

/** The response that belongs to an opcode. */
export type ResponseTo<Op extends number, R = Response> = R extends { readonly op: infer P }
  ? Op extends P
    ? R
    : never
  : never;

/** The decoder reads a response by the opcode of its request; this carries that into the types. */
export function mustAnswer<Op extends Response['op']>(response: Response, op: Op): ResponseTo<Op> {
  if (response.op !== op)
    throw new ConclaveError('BAD_ANSWER', `an answer to operation ${response.op}, not ${op}`);
  return response as ResponseTo<Op>;
}
