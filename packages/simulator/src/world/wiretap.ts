import {
  ByteReader,
  EventType,
  errorCodeOf,
  FrameDecoder,
  formatZxid,
  OpCode,
  type Request,
  readConnectRequest,
  readConnectResponse,
  readReplyHeader,
  readRequest,
  readRequestHeader,
  readWatcherEvent,
  SpecialXid,
  type Zxid,
} from '@conclave/protocol';
import { type LinkMessage, readLinkMessage } from '@conclave/server';
import type { ZabMessage } from '@conclave/zab';

const FRAME_BYTES_MAX = 64 * 1024 * 1024;

const opNames = new Map<number, string>(Object.entries(OpCode).map(([name, number]) => [number, name]));
const eventNames = new Map<number, string>(Object.entries(EventType).map(([name, number]) => [number, name]));

/** Reads the bytes that are written to one stream, and describes them in words. */
export type Tap = (bytes: Uint8Array) => void;

/** Returns a tap for a stream between servers. It leaves out heartbeats. */
export function tapPeers(record: (text: string) => void): Tap {
  return tap((frame) => {
    const text = describeLink(readLinkMessage(frame));
    if (text !== undefined) record(text);
  });
}

/**
 * Returns taps for both directions of a client's stream. Each line names the session, so that a trace can be filtered
 * by it.
 */
export function tapClient(
  recordRequest: (text: string) => void,
  recordReply: (text: string) => void,
): { readonly requests: Tap; readonly replies: Tap } {
  /** The server's answer to the handshake contains it, before any other frame is sent. */
  let session = '';
  let hasRequested = false;
  let isAnswered = false;
  const requests = tap((frame) => {
    if (!hasRequested) {
      hasRequested = true;
      const { protocolVersion, sessionId, lastZxidSeen } = readConnectRequest(frame);
      recordRequest(
        `connect version ${protocolVersion} session ${hex(Number(sessionId))} seen ${hex(lastZxidSeen)}`,
      );
      return;
    }
    const reader = new ByteReader(frame);
    const { xid, opcode, flags, confirmed } = readRequestHeader(reader, true);
    const request = describeRequest(readRequest(opcode, reader));
    const linearizable = flags === 0 ? '' : ' linearizable';
    recordRequest(`${request} xid ${xid} confirmed ${confirmed}${linearizable} session ${session}`);
  });
  const replies = tap((frame) => {
    if (!isAnswered) {
      isAnswered = true;
      const { sessionId, timeoutMs } = readConnectResponse(frame);
      session = hex(Number(sessionId));
      recordReply(`session ${session} timeout ${timeoutMs}`);
      return;
    }
    const reader = new ByteReader(frame);
    const { xid, zxid, error } = readReplyHeader(reader, true);
    if (xid === SpecialXid.notification) {
      const { type, path } = readWatcherEvent(reader);
      recordReply(`event ${eventNames.get(type) ?? type} ${path} zxid ${hex(zxid)} session ${session}`);
    } else {
      const refusal = error === 0 ? '' : ` ${errorCodeOf(error) ?? error}`;
      recordReply(`answer xid ${xid} zxid ${hex(zxid)}${refusal} session ${session}`);
    }
  });
  return { requests, replies };
}

function tap(onFrame: (frame: Uint8Array) => void): Tap {
  const decoder = new FrameDecoder(FRAME_BYTES_MAX);
  return (bytes) => {
    decoder.push(bytes, (frame) => {
      onFrame(frame);
      return true;
    });
  };
}

function describeRequest(request: Request): string {
  const name = opNames.get(request.op) ?? String(request.op);
  if (request.op === OpCode.guarded)
    return `guarded(${hex(request.token)}) ${describeRequest(request.write)}`;
  const path = 'path' in request ? ` ${request.path}` : '';
  const watch = 'watch' in request && request.watch ? ' watch' : '';
  return `${name}${path}${watch}`;
}

function describeLink(message: LinkMessage): string | undefined {
  switch (message.type) {
    case 'zab':
      return describeZab(message.message);
    case 'forward':
      return `forward ${message.payloads.length}`;
    case 'attach':
      return `attach ${message.sessions.map(({ id, since }) => `${hex(id)} since ${hex(since)}`).join(', ')}`;
    case 'attached':
      return `attached barrier ${hex(message.barrier)} moved ${message.moved.map(hex).join(', ')}`;
    case 'alive':
      return undefined;
    case 'snapshotChunk':
      return `snapshotChunk ${message.bytes.length} bytes`;
    default:
      return words(message);
  }
}

function describeZab(message: ZabMessage): string | undefined {
  switch (message.type) {
    case 'ping':
    case 'pong':
      return undefined;
    case 'proposal': {
      const first = message.entries[0]?.zxid ?? 0;
      const last = message.entries.at(-1)?.zxid ?? 0;
      return `proposal ${hex(first)}..${hex(last)} committed ${hex(message.committed)}`;
    }
    default:
      return words(message);
  }
}

const zxidNames = new Set([
  'zxid',
  'lastZxid',
  'after',
  'committed',
  'barrier',
  'sessionId',
  'sessions',
  'tails',
]);

function words(message: object): string {
  return Object.entries(message)
    .map(([name, value]) => {
      if (name === 'type') return String(value);
      if (value instanceof Uint8Array) return `${name} ${value.length} bytes`;
      if (zxidNames.has(name))
        return `${name} ${Array.isArray(value) ? value.map(hex).join(',') : hex(value)}`;
      return `${name} ${String(value)}`;
    })
    .join(' ');
}

function hex(zxid: number): string {
  return formatZxid(zxid as Zxid);
}
