import {
  type ByteReader,
  ErrorNumber,
  OpCode,
  ProtocolError,
  type ReplyHeader,
  readResponse,
} from '@conclave/protocol';
import type { Chroot } from '../connection/chroot.ts';
import { errorOfAnswer, unreadableAnswer } from './answer-errors.ts';
import type { Call } from './call.ts';

/** Settles a call with its answer. If the answer cannot be decoded, rejects the call and throws `ProtocolError`. */
export function settleCall(call: Call, header: ReplyHeader, reader: ByteReader, chroot: Chroot): void {
  const { request } = call;
  const opcode = request.op === OpCode.guarded ? request.write.op : request.op;
  // A refused multi has the reason in its results, and with some servers in the header as well.
  const hasResults = opcode === OpCode.multi && reader.remaining > 0;
  if (header.error !== ErrorNumber.OK && !hasResults) {
    call.reject(errorOfAnswer(request, header.error, header.zxid, call.isWrite));
    return;
  }
  try {
    call.resolve(chroot.stripFromResponse(readResponse(opcode, reader)), header.zxid);
  } catch (error) {
    if (error instanceof ProtocolError) call.reject(unreadableAnswer(request, call.isWrite, error));
    throw error;
  }
}
