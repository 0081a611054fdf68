const HEAD_END = new TextEncoder().encode('\r\n\r\n');
const OPCODE_BINARY = 2;
const OPCODE_CONTINUATION = 0;

/** Extracts the bytes of the messages from what a WebSocket server sends (RFC 6455, §5.2: never masked). */
export class WebSocketPayload {
  #rest: Uint8Array = new Uint8Array(0);
  #upgraded = false;

  take(chunk: Uint8Array): Uint8Array[] {
    let bytes = new Uint8Array(this.#rest.length + chunk.length);
    bytes.set(this.#rest);
    bytes.set(chunk, this.#rest.length);
    const payloads: Uint8Array[] = [];
    if (!this.#upgraded) {
      const end = endOfHead(bytes);
      if (end === undefined) {
        this.#rest = bytes;
        return payloads;
      }
      this.#upgraded = true;
      bytes = bytes.subarray(end);
    }
    for (let frame = readFrame(bytes); frame !== undefined; frame = readFrame(bytes)) {
      if (frame.opcode === OPCODE_BINARY || frame.opcode === OPCODE_CONTINUATION)
        payloads.push(frame.payload);
      bytes = bytes.subarray(frame.end);
    }
    this.#rest = bytes;
    return payloads;
  }
}

function endOfHead(bytes: Uint8Array): number | undefined {
  for (let at = 0; at + HEAD_END.length <= bytes.length; at++) {
    if (HEAD_END.every((byte, i) => bytes[at + i] === byte)) return at + HEAD_END.length;
  }
  return undefined;
}

interface WebSocketFrame {
  readonly opcode: number;
  readonly payload: Uint8Array;
  readonly end: number;
}

/** The first frame in `bytes`; undefined while it is incomplete. */
function readFrame(bytes: Uint8Array): WebSocketFrame | undefined {
  if (bytes.length < 2) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const opcode = view.getUint8(0) & 0x0f;
  const short = view.getUint8(1) & 0x7f;
  const start = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < start) return undefined;
  const length = short < 126 ? short : short === 126 ? view.getUint16(2) : Number(view.getBigUint64(2));
  const end = start + length;
  return bytes.length < end ? undefined : { opcode, payload: bytes.slice(start, end), end };
}
