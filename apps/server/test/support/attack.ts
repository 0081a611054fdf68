import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import {
  ByteWriter,
  ProtocolVersion,
  type Request,
  type RequestHeader,
  WEBSOCKET_SUBPROTOCOL,
  writeConnectRequest,
  writeRequest,
  writeRequestHeader,
} from '@conclave/protocol';

/** A stream of bytes that depends only on its seed. */
export class Noise {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An integer in [0, below). */
  below(below: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * below);
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.below(256));
  }
}

/** The answer of an attacked server. */
export interface Outcome {
  readonly received: Buffer;
  /** Whether the server closed the connection within the time that the attack waits. */
  readonly closed: boolean;
}

/** Connects, sends `parts`, each in a packet of its own, and reads until the server closes the connection. */
export async function say(port: number, parts: readonly Uint8Array[], patienceMs = 10_000): Promise<Outcome> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const received: Buffer[] = [];
  const ended = new Promise<boolean>((resolve) => {
    // The server may close the connection before everything is sent.
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    socket.once('end', () => resolve(true));
    socket.once('close', () => resolve(true));
    setTimeout(() => resolve(false), patienceMs).unref();
  });
  for (const part of parts) {
    if (socket.destroyed) break;
    socket.write(part);
    if (parts.length > 1) await pause(1);
  }
  const closed = await ended;
  socket.destroy();
  return { received: Buffer.concat(received), closed };
}

/** Runs the attacks, `width` of them at a time. */
export async function inParallel<T>(attacks: Iterable<() => Promise<T>>, width = 16): Promise<T[]> {
  const results: T[] = [];
  const iterator = attacks[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next())
      results.push(await next.value());
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

export function frame(body: Uint8Array): Uint8Array {
  const framed = new Uint8Array(4 + body.length);
  new DataView(framed.buffer).setInt32(0, body.length);
  framed.set(body, 4);
  return framed;
}

/** The length of a frame without the frame itself. */
export function announced(length: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, length);
  return bytes;
}

export function hello(protocolVersion: number = ProtocolVersion.zookeeper): Uint8Array {
  const writer = new ByteWriter(64);
  writeConnectRequest(writer, {
    protocolVersion,
    lastZxidSeen: 0,
    timeoutMs: 2_000,
    sessionId: 0n,
    password: new Uint8Array(16),
    readOnly: false,
  });
  return frame(writer.take());
}

/** A request's record without its header. */
export function recordOf(request: Request): Uint8Array {
  const writer = new ByteWriter(256);
  writeRequest(writer, request);
  return writer.take();
}

export function requestFrame(header: RequestHeader, record: Uint8Array, native: boolean): Uint8Array {
  const writer = new ByteWriter(64);
  writeRequestHeader(writer, header, native);
  writer.raw(record);
  return frame(writer.take());
}

export function upgradeRequest(subprotocol: string = WEBSOCKET_SUBPROTOCOL): Uint8Array {
  return new TextEncoder().encode(
    [
      'GET / HTTP/1.1',
      'Host: localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      `Sec-WebSocket-Protocol: ${subprotocol}`,
      '',
      '',
    ].join('\r\n'),
  );
}

export const WebSocketOpcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9 } as const;

/** A client's frame (RFC 6455, §5.2), masked with zeros. `length` may differ from the true length. */
export function webSocketFrame(
  opcode: number,
  payload: Uint8Array,
  { masked = true, final = true, length = payload.length } = {},
): Uint8Array {
  const head = [(final ? 0x80 : 0) | opcode];
  const maskBit = masked ? 0x80 : 0;
  if (length < 126) head.push(maskBit | length);
  else {
    head.push(maskBit | 127);
    const wide = new DataView(new ArrayBuffer(8));
    wide.setBigUint64(0, BigInt(length));
    head.push(...new Uint8Array(wide.buffer));
  }
  if (masked) head.push(0, 0, 0, 0);
  return Uint8Array.from([...head, ...payload]);
}
