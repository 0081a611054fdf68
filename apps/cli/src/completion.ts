import { type Client, isConclaveError, joinPath, pathProblem } from '@conclave/client';
import type { Command, CommandCatalogue } from './command.ts';
import type { OperandSyntax } from './syntax.ts';
import { escapeQuoted, quoteToken, scanTokens, type Token, type TokenScan } from './tokens.ts';

/** The candidates, and the end of the line that they replace, as readline expects them. */
export type Completion = [candidates: string[], replaced: string];

/** A longer list does not help the user. */
const CANDIDATES_MAX = 500;

/** What the token at the end of a line can become. */
type Expected =
  | { readonly kind: 'command'; readonly typed: string }
  | { readonly kind: 'option'; readonly typed: string; readonly command: Command }
  | { readonly kind: 'path'; readonly typed: string; readonly openQuote: '"' | "'" | undefined }
  | { readonly kind: 'nothing' };

/** Completes commands, options, and paths from the tree. Finds no candidates if the tree cannot be read. */
export async function complete(
  line: string,
  commands: CommandCatalogue,
  client: () => Promise<Client>,
  signal: AbortSignal,
): Promise<Completion> {
  const scan = scanTokens(line);
  const start = startOfLast(line, scan);
  const replaced = line.slice(start);
  const expected = expectedAtEnd(line, scan, commands);
  switch (expected.kind) {
    case 'command':
      return [beginningWith(expected.typed, commands.names).map((name) => `${name} `), replaced];
    case 'option': {
      const options = Object.keys(expected.command.syntax.options);
      return [beginningWith(expected.typed, options).map((option) => `${option} `), replaced];
    }
    case 'path':
      try {
        const candidates = await completePath(expected.typed, await client(), signal);
        return [candidates.map(({ path, leaf }) => asTyped(path, leaf, expected.openQuote)), replaced];
      } catch (error) {
        if (isConclaveError(error) || signal.aborted) return [[], replaced];
        throw error;
      }
    case 'nothing':
      return [[], replaced];
    default:
      return expected satisfies never;
  }
}

/** Decides by the tokens before it what the last token should be. */
function expectedAtEnd(line: string, scan: TokenScan, commands: CommandCatalogue): Expected {
  const tokens = [...scan.tokens];
  const last = isOpenAtEnd(line, scan) ? tokens.pop() : undefined;
  const typed = last?.text ?? '';
  const [first, ...others] = tokens;
  if (first === undefined) return last?.quoted === true ? { kind: 'nothing' } : { kind: 'command', typed };
  const command = commands.find(first.text);
  if (command === undefined) return { kind: 'nothing' };
  if (typed.startsWith('-') && last?.quoted !== true) return { kind: 'option', typed, command };
  const operand = nextOperand(command, others);
  switch (operand?.kind) {
    case 'path':
      return { kind: 'path', typed, openQuote: scan.openQuote };
    case 'command':
      return { kind: 'command', typed };
    default:
      return { kind: 'nothing' };
  }
}

interface PathCandidate {
  readonly path: string;
  /** Whether the node has no children, so that the token ends here. */
  readonly leaf: boolean;
}

async function completePath(typed: string, client: Client, signal: AbortSignal): Promise<PathCandidate[]> {
  const slash = typed.lastIndexOf('/');
  if (slash < 0) return typed === '' ? [{ path: '/', leaf: false }] : [];
  const parent = slash === 0 ? '/' : typed.slice(0, slash);
  if (pathProblem(parent) !== undefined || typed.startsWith('//')) return [];
  const { children } = await client.children(parent, { consistency: 'session', signal });
  const names = beginningWith(typed.slice(slash + 1), [...children].sort()).slice(0, CANDIDATES_MAX);
  const [only, ...others] = names;
  if (only === undefined || others.length > 0) {
    return names.map((name) => ({ path: joinPath(parent, name), leaf: false }));
  }
  const path = joinPath(parent, only);
  const stat = await client.exists(path, { consistency: 'session', signal });
  if (stat === null || stat.numChildren === 0) return [{ path, leaf: true }];
  return [{ path: `${path}/`, leaf: false }];
}

/** Returns the path as it must be typed. A quote that the user opened is kept, and closed when the token ends. */
function asTyped(path: string, leaf: boolean, openQuote: '"' | "'" | undefined): string {
  const end = leaf ? ' ' : '';
  if (openQuote === "'" && !path.includes("'")) return `'${path}${leaf ? "'" : ''}${end}`;
  const quoted = quoteToken(path);
  if (openQuote === undefined && quoted === path) return path + end;
  return `"${escapeQuoted(path)}${leaf ? '"' : ''}${end}`;
}

function nextOperand({ syntax }: Command, tokens: readonly Token[]): OperandSyntax | undefined {
  let operands = 0;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === undefined) break;
    if (token.text === '--' && !token.quoted && syntax.rest !== undefined) return undefined;
    const isOption = token.text.startsWith('-') && token.text !== '-' && !token.quoted;
    if (!isOption) operands++;
    else if (syntax.options[token.text]?.value !== undefined && ++i === tokens.length) return undefined;
  }
  const last = syntax.operands.at(-1);
  return syntax.operands[operands] ?? (last?.many === true ? last : undefined);
}

/** Whether the cursor is in a token rather than after one. */
function isOpenAtEnd(line: string, { tokens }: TokenScan): boolean {
  const last = tokens.at(-1);
  return last !== undefined && last.end === line.length;
}

function startOfLast(line: string, scan: TokenScan): number {
  return isOpenAtEnd(line, scan) ? (scan.tokens.at(-1)?.start ?? line.length) : line.length;
}

function beginningWith(start: string, names: readonly string[]): string[] {
  return names.filter((name) => name.startsWith(start));
}
