import { ProtocolError } from './protocol-error.ts';

/**
 * UTF-8 between strings and bytes, strict on the way in. Short ASCII, which most paths are, is handled here, because
 * a call into the runtime costs more than a few letters. Node.js's own slice and write are used where they exist, because
 * they need no view of the bytes, as `TextDecoder` and `TextEncoder` do.
 */

interface NodeText {
  utf8Slice(this: Uint8Array, start: number, end: number): string;
  utf8Write(this: Uint8Array, text: string, at: number, length: number): number;
}

const nodeText = findNodeText();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

const REPLACEMENT = '\ufffd';
const SHORT_DECODED_MAX = nodeText === undefined ? 24 : 12;
const SHORT_ENCODED_MAX = nodeText === undefined ? 40 : 24;

/** The text in `bytes[start..end)`. Throws `ProtocolError` `BAD_UTF8`. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= SHORT_DECODED_MAX) {
    const ascii = decodeAscii(bytes, start, end);
    if (ascii !== undefined) return ascii;
  }
  if (nodeText !== undefined) {
    const text = nodeText.utf8Slice.call(bytes, start, end);
    // Node.js writes this character for bytes that it cannot read. It may also be part of the text itself.
    if (!text.includes(REPLACEMENT)) return text;
  }
  try {
    return decoder.decode(bytes.subarray(start, end));
  } catch (cause) {
    throw new ProtocolError('BAD_UTF8', 'a string that is not UTF-8', { cause });
  }
}

/** The most bytes that `encodeText` writes for a string of this length. */
export function encodedBytesMax(length: number): number {
  return length * 3;
}

/** Writes `text` at `at`, where there must be room for `encodedBytesMax`; returns how many bytes it took. */
export function encodeText(text: string, bytes: Uint8Array, at: number): number {
  const length = text.length;
  if (length <= SHORT_ENCODED_MAX && encodeAscii(text, bytes, at)) return length;
  if (nodeText !== undefined) return nodeText.utf8Write.call(bytes, text, at, encodedBytesMax(length));
  return encoder.encodeInto(text, bytes.subarray(at)).written;
}

function decodeAscii(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = '';
  let i = start;
  // Eight at a time, because joining letters one by one builds a rope that must be flattened at the first look-up.
  for (; i + 8 <= end; i += 8) {
    const a = bytes[i] as number;
    const b = bytes[i + 1] as number;
    const c = bytes[i + 2] as number;
    const d = bytes[i + 3] as number;
    const e = bytes[i + 4] as number;
    const f = bytes[i + 5] as number;
    const g = bytes[i + 6] as number;
    const h = bytes[i + 7] as number;
    if ((a | b | c | d | e | f | g | h) > 0x7f) return undefined;
    text += String.fromCharCode(a, b, c, d, e, f, g, h);
  }
  for (; i < end; i++) {
    const unit = bytes[i] as number;
    if (unit > 0x7f) return undefined;
    text += String.fromCharCode(unit);
  }
  return text;
}

function encodeAscii(text: string, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return false;
    bytes[at + i] = unit;
  }
  return true;
}

function findNodeText(): NodeText | undefined {
  const { Buffer } = globalThis as { Buffer?: { readonly prototype: Partial<NodeText> } };
  if (Buffer === undefined) return undefined;
  const { utf8Slice, utf8Write } = Buffer.prototype;
  if (typeof utf8Slice !== 'function' || typeof utf8Write !== 'function') return undefined;
  try {
    // Elsewhere the same names may ask for a real Buffer.
    const bytes = new Uint8Array(4);
    const written = utf8Write.call(bytes, 'ß/', 1, 3);
    return written === 3 && utf8Slice.call(bytes, 1, 4) === 'ß/' ? { utf8Slice, utf8Write } : undefined;
  } catch {
    return undefined;
  }
}
