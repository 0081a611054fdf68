import type { JsonValue } from './json.ts';
import type { Styling } from './styling.ts';

const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text that the bytes are in UTF-8, or `undefined`. */
export function asText(data: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(data);
  } catch {
    return undefined;
  }
}

/** Text where the data is text, base64 where it is not. */
export function dataJson(data: Uint8Array): { readonly [key: string]: JsonValue } {
  const text = asText(data);
  return text === undefined
    ? { data: Buffer.from(data).toString('base64'), encoding: 'base64' }
    : { data: text, encoding: 'utf8' };
}

/** A pipe gets the bytes; a terminal gets nothing that it would obey. */
export function renderData(data: Uint8Array, styling: Styling): string | Uint8Array {
  if (!styling.terminal) return data;
  const text = asText(data) ?? Buffer.from(data).toString('latin1');
  return printable(text);
}

/** Control characters, but line ends and tabs, as escapes. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, (char) => {
    if (char === '\n' || char === '\t') return char;
    const code = char.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

const BYTES_IN_LINE = 16;

/** Sixteen bytes on a line: where they are, what they are, and the text of those that are plain ASCII. */
export function hexDump(data: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < data.length; at += BYTES_IN_LINE) {
    const bytes = data.subarray(at, at + BYTES_IN_LINE);
    const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'));
    lines.push(
      `${at.toString(16).padStart(8, '0')}  ${digits.padEnd(3 * BYTES_IN_LINE - 1)}  ${text.join('')}`,
    );
  }
  return lines.join('\n');
}
