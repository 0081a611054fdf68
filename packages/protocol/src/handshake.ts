import { ByteReader, type ByteWriter } from './bytes.ts';
import { ProtocolError } from './protocol-error.ts';

/** How long the passwords are that Conclave gives its sessions. They are random. */
export const SESSION_PASSWORD_BYTES = 16;
const PASSWORD_BYTES_MAX = 64;

/** The first frame of a client. Clients before 3.4 leave the read-only byte out, and `readOnly` is then `undefined`. */
export interface ConnectRequest {
  readonly protocolVersion: number;
  readonly lastZxidSeen: number;
  /** The session timeout asked for, in milliseconds. */
  readonly timeoutMs: number;
  /** 0 for a new session. */
  readonly sessionId: bigint;
  readonly password: Uint8Array;
  readonly readOnly: boolean | undefined;
}

/** The server's answer. If `sessionId` and `timeoutMs` are 0, the session is gone. */
export interface ConnectResponse {
  readonly protocolVersion: number;
  readonly timeoutMs: number;
  readonly sessionId: bigint;
  readonly password: Uint8Array;
  /** Present exactly if the client sent its own. */
  readonly readOnly: boolean | undefined;
}

/** Writes the record. The frame's length before it is up to the caller. */
export function writeConnectRequest(writer: ByteWriter, request: ConnectRequest): void {
  writer.int(request.protocolVersion);
  writer.long(request.lastZxidSeen);
  writer.int(request.timeoutMs);
  writer.long(request.sessionId);
  writer.buffer(request.password);
  if (request.readOnly !== undefined) writer.boolean(request.readOnly);
}

/** Reads the first frame of a connection. Throws `ProtocolError` if the frame is not a handshake to its last byte. */
export function readConnectRequest(frame: Uint8Array): ConnectRequest {
  const reader = new ByteReader(frame);
  const request = {
    protocolVersion: reader.int(),
    lastZxidSeen: reader.long(),
    timeoutMs: reader.int(),
    sessionId: reader.bigLong(),
    password: readPassword(reader),
    readOnly: reader.remaining > 0 ? reader.boolean() : undefined,
  };
  reader.end();
  return request;
}

/** Writes the record. The read-only byte follows only if `readOnly` is defined. */
export function writeConnectResponse(writer: ByteWriter, response: ConnectResponse): void {
  writer.int(response.protocolVersion);
  writer.int(response.timeoutMs);
  writer.long(response.sessionId);
  writer.buffer(response.password);
  if (response.readOnly !== undefined) writer.boolean(response.readOnly);
}

/** Reads the first frame that a server sends. Throws `ProtocolError` if the frame is not an answer to a handshake. */
export function readConnectResponse(frame: Uint8Array): ConnectResponse {
  const reader = new ByteReader(frame);
  const response = {
    protocolVersion: reader.int(),
    timeoutMs: reader.int(),
    sessionId: reader.bigLong(),
    password: readPassword(reader),
    readOnly: reader.remaining > 0 ? reader.boolean() : undefined,
  };
  reader.end();
  return response;
}

function readPassword(reader: ByteReader): Uint8Array {
  const password = reader.buffer() ?? new Uint8Array(SESSION_PASSWORD_BYTES);
  if (password.length > PASSWORD_BYTES_MAX) {
    throw new ProtocolError('BAD_RECORD', `a session password of ${password.length} bytes`);
  }
  return password;
}
