/** One entry of a properties file, and the line it begins on, counted from 1. */
export interface Property {
  readonly key: string;
  readonly value: string;
  readonly line: number;
}

/** A malformed properties file. */
export class PropertiesError extends Error {
  override readonly name = 'PropertiesError';
  readonly code = 'BAD_PROPERTIES';
  readonly line: number;

  constructor(line: number, reason: string) {
    super(reason);
    this.line = line;
  }
}

/**
 * Reads the format of `java.util.Properties`: `key=value`, `key:value` or `key value`, and comments after `#` or `!`. A
 * backslash at the end of a line continues it on the next one; elsewhere it escapes the next character. Returns the
 * entries in their order. Of two with the same key the later one counts, which is left to the caller. Throws
 * `PropertiesError`.
 */
export function parseProperties(text: string): Property[] {
  const properties: Property[] = [];
  const lines = text.split(/\r\n|\r|\n/);
  for (let i = 0; i < lines.length; i++) {
    let logical = trimStart(lines[i] ?? '');
    if (logical === '' || logical.startsWith('#') || logical.startsWith('!')) continue;
    const line = i + 1;
    while (goesOn(logical) && i + 1 < lines.length) {
      i++;
      logical = logical.slice(0, -1) + trimStart(lines[i] ?? '');
    }
    properties.push({ ...entry(goesOn(logical) ? logical.slice(0, -1) : logical, line), line });
  }
  return properties;
}

const BLANKS = ' \t\f';

function trimStart(text: string): string {
  let start = 0;
  while (start < text.length && BLANKS.includes(text.charAt(start))) start++;
  return text.slice(start);
}

/** Whether a line ends with a backslash that is not escaped itself. */
function goesOn(line: string): boolean {
  let backslashes = 0;
  while (line.charAt(line.length - 1 - backslashes) === '\\') backslashes++;
  return backslashes % 2 === 1;
}

function entry(logical: string, line: number): { readonly key: string; readonly value: string } {
  let end = 0;
  while (end < logical.length && !`${BLANKS}=:`.includes(logical.charAt(end))) {
    end += logical.charAt(end) === '\\' ? 2 : 1;
  }
  const rest = trimStart(logical.slice(end));
  const value = rest.startsWith('=') || rest.startsWith(':') ? trimStart(rest.slice(1)) : rest;
  return { key: unescaped(logical.slice(0, end), line), value: unescaped(value, line) };
}

const CHARACTER_BY_ESCAPE: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

function unescaped(text: string, line: number): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|.)/gs, (_, escaped: string) => {
    if (escaped.length > 1) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    if (escaped === 'u') throw new PropertiesError(line, 'expected four hexadecimal digits after \\u');
    return CHARACTER_BY_ESCAPE[escaped] ?? escaped;
  });
}
