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

/** Hands an answer to whoever called. Throws `ProtocolError`, after telling the caller, when it cannot be read. */
export function settleCall(call: Call, header: ReplyHeader, reader: ByteReader, chroot: Chroot): void {
  const { request } = call;
  const opcode = request.op === OpCode.guarded ? request.write.op : request.op;
  // A multi that was refused tells why in its results, and on some servers in the header as well.
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
