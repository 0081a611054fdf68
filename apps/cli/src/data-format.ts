import type { JsonValue } from './json.ts';
import type { Styling } from './styling.ts';

const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Returns the bytes as text, or `undefined` if they are not UTF-8. */
export function asText(data: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(data);
  } catch {
    return undefined;
  }
}

/** The data as text if it is UTF-8, otherwise in base64. */
export function dataJson(data: Uint8Array): { readonly [key: string]: JsonValue } {
  const text = asText(data);
  return text === undefined
    ? { data: Buffer.from(data).toString('base64'), encoding: 'base64' }
    : { data: text, encoding: 'utf8' };
}

/** A pipe gets the bytes as they are. A terminal gets no control characters, because it would act on them. */
export function renderData(data: Uint8Array, styling: Styling): string | Uint8Array {
  if (!styling.terminal) return data;
  const text = asText(data) ?? Buffer.from(data).toString('latin1');
  return printable(text);
}

/** Replaces control characters, except line ends and tabs, with escapes. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, (char) => {
    if (char === '\n' || char === '\t') return char;
    const code = char.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

const BYTES_PER_LINE = 16;

/** Sixteen bytes per line: their offset, their values, and those that are printable ASCII as text. */
export function hexDump(data: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < data.length; at += BYTES_PER_LINE) {
    const bytes = data.subarray(at, at + BYTES_PER_LINE);
    const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'));
    lines.push(
      `${at.toString(16).padStart(8, '0')}  ${digits.padEnd(3 * BYTES_PER_LINE - 1)}  ${text.join('')}`,
    );
  }
  return lines.join('\n');
}
