/** A token of a command line. */
export interface Token {
  readonly text: string;
  /** Where the token begins and ends in the line, in UTF-16 units from 0. */
  readonly start: number;
  readonly end: number;
  /** Whether it was typed with quotes or escapes. Such a token cannot be an option. */
  readonly quoted: boolean;
}

/** Why a line cannot be read, and where. */
export interface LineProblem {
  readonly message: string;
  readonly column: number;
}

export interface TokenScan {
  readonly tokens: readonly Token[];
  readonly problem: LineProblem | undefined;
  /** The quote that is still open at the end of the line, which completion needs. */
  readonly openQuote: '"' | "'" | undefined;
}

/**
 * Splits a line into tokens as shells do. Blanks separate tokens, and '...' is taken literally. In "..." and outside
 * quotes a backslash begins an escape: \\ \" \' \# and "\ " stand for the second character, \n \t \r for control
 * characters, \xHH for the character of a byte, and \u{H...} for any character. A token that begins with # begins a
 * comment. Never throws.
 */
export function scanTokens(line: string): TokenScan {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    while (at < line.length && isBlank(line[at])) at++;
    if (at >= line.length || line[at] === '#') return { tokens, problem: undefined, openQuote: undefined };
    const start = at;
    let text = '';
    let quoted = false;
    let quote: '"' | "'" | undefined;
    let quoteAt = at;
    while (at < line.length) {
      const char = line[at] ?? '';
      if (quote === undefined && isBlank(char)) break;
      if (char === '\\' && quote !== "'") {
        const read = readEscape(line, at);
        if (typeof read === 'string') {
          tokens.push({ text, start, end: line.length, quoted: true });
          return { tokens, problem: { message: read, column: at }, openQuote: quote };
        }
        text += read.text;
        at = read.end;
        quoted = true;
      } else if (quote === undefined && (char === '"' || char === "'")) {
        quote = char;
        quoteAt = at++;
        quoted = true;
      } else if (char === quote) {
        quote = undefined;
        at++;
      } else {
        text += char;
        at++;
      }
    }
    tokens.push({ text, start, end: at, quoted });
    if (quote !== undefined) {
      return { tokens, problem: { message: 'this quote is not closed', column: quoteAt }, openQuote: quote };
    }
  }
}

/** Returns `text` as it must be typed to be read back as one token. */
export function quoteToken(text: string): string {
  if (/^[^\s"'\\#\p{C}-][^\s"'\\\p{C}]*$/u.test(text)) return text;
  return `"${escapeQuoted(text)}"`;
}

/** Returns what must stand between double quotes to be read back as `text`. */
export function escapeQuoted(text: string): string {
  return text.replaceAll(/["\\\p{C}]/gu, (char) => {
    const named = namedEscapes.find(([, value]) => value === char);
    return named === undefined ? `\\u{${char.codePointAt(0)?.toString(16)}}` : `\\${named[0]}`;
  });
}

const namedEscapes: readonly (readonly [string, string])[] = [
  ['\\', '\\'],
  ['"', '"'],
  ["'", "'"],
  ['#', '#'],
  [' ', ' '],
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
];

/** Returns what the escape at `at` stands for, or a message about what is wrong with it. */
function readEscape(line: string, at: number): { text: string; end: number } | string {
  const letter = line[at + 1];
  if (letter === undefined) return 'a backslash at the end of the line';
  const named = namedEscapes.find(([name]) => name === letter);
  if (named !== undefined) return { text: named[1], end: at + 2 };
  const [whole, byte, point] =
    /^\\(?:x([0-9a-f]{2})|u\{([0-9a-f]{1,6})\})/i.exec(line.slice(at, at + 10)) ?? [];
  const code = Number.parseInt(byte ?? point ?? '', 16);
  if (whole !== undefined && code <= 0x10ffff) {
    return { text: String.fromCodePoint(code), end: at + whole.length };
  }
  return 'unknown escape: the escapes are \\\\ \\" \\\' \\# "\\ " \\n \\t \\r \\xHH \\u{H...}';
}

function isBlank(char: string | undefined): boolean {
  return char === ' ' || char === '\t' || char === '\r' || char === '\n';
}
