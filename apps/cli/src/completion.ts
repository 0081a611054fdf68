import { type Client, isConclaveError, joinPath, pathProblem } from '@conclave/client';
import type { Command, CommandCatalogue } from './command.ts';
import type { OperandSyntax } from './syntax.ts';
import { escapeQuoted, quoteWord, scanWords, type Word, type WordScan } from './words.ts';

/** What may stand in the place of a part of the line, as readline wants it. */
export type Completion = [candidates: string[], replaced: string];

/** More than this is no help. */
const CANDIDATES_MAX = 500;

/** What the word at the end of a line can become. */
export type Wanted =
  | { readonly kind: 'command'; readonly typed: string }
  | { readonly kind: 'option'; readonly typed: string; readonly command: Command }
  | { readonly kind: 'path'; readonly typed: string; readonly openQuote: '"' | "'" | undefined }
  | { readonly kind: 'nothing' };

/** Completes commands, options, and paths from the tree; a failure to look there completes nothing. */
export async function complete(
  line: string,
  commands: CommandCatalogue,
  client: () => Promise<Client>,
  signal: AbortSignal,
): Promise<Completion> {
  const scan = scanWords(line);
  const start = startOfLast(line, scan);
  const replaced = line.slice(start);
  const wanted = whatIsWanted(line, scan, commands);
  switch (wanted.kind) {
    case 'command':
      return [beginningWith(wanted.typed, commands.names).map((name) => `${name} `), replaced];
    case 'option': {
      const options = Object.keys(wanted.command.syntax.options);
      return [beginningWith(wanted.typed, options).map((option) => `${option} `), replaced];
    }
    case 'path':
      try {
        const candidates = await completePath(wanted.typed, await client(), signal);
        return [candidates.map(({ path, leaf }) => asTyped(path, leaf, wanted.openQuote)), replaced];
      } catch (error) {
        if (isConclaveError(error) || signal.aborted) return [[], replaced];
        throw error;
      }
    case 'nothing':
      return [[], replaced];
    default:
      return wanted satisfies never;
  }
}

/** Decides by the words before it what the last one is to be. */
export function whatIsWanted(line: string, scan: WordScan, commands: CommandCatalogue): Wanted {
  const words = [...scan.words];
  const last = isOpenAtEnd(line, scan) ? words.pop() : undefined;
  const typed = last?.text ?? '';
  const [first, ...others] = words;
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
  /** It has no children: the word ends here. */
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

/** As it must stand in the line; a quote that was opened is kept, and closed when the word ends. */
function asTyped(path: string, leaf: boolean, openQuote: '"' | "'" | undefined): string {
  const end = leaf ? ' ' : '';
  if (openQuote === "'" && !path.includes("'")) return `'${path}${leaf ? "'" : ''}${end}`;
  const quoted = quoteWord(path);
  if (openQuote === undefined && quoted === path) return path + end;
  return `"${escapeQuoted(path)}${leaf ? '"' : ''}${end}`;
}

function nextOperand({ syntax }: Command, words: readonly Word[]): OperandSyntax | undefined {
  let operands = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === undefined) break;
    if (word.text === '--' && !word.quoted && syntax.rest !== undefined) return undefined;
    const isOption = word.text.startsWith('-') && word.text !== '-' && !word.quoted;
    if (!isOption) operands++;
    else if (syntax.options[word.text]?.value !== undefined && ++i === words.length) return undefined;
  }
  const last = syntax.operands.at(-1);
  return syntax.operands[operands] ?? (last?.many === true ? last : undefined);
}

/** The cursor is in a word rather than behind one. */
function isOpenAtEnd(line: string, { words }: WordScan): boolean {
  const last = words.at(-1);
  return last !== undefined && last.end === line.length;
}

function startOfLast(line: string, scan: WordScan): number {
  return isOpenAtEnd(line, scan) ? (scan.words.at(-1)?.start ?? line.length) : line.length;
}

function beginningWith(start: string, names: readonly string[]): string[] {
  return names.filter((name) => name.startsWith(start));
}
