import type { JsonValue } from './json.ts';
import type { Look } from './look.ts';

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
export function renderData(data: Uint8Array, look: Look): string | Uint8Array {
  if (!look.terminal) return data;
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
