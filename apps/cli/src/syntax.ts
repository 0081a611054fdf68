import type { Token } from './tokens.ts';
import { UsageError } from './usage-error.ts';

export interface OptionSyntax {
  /** The name of the value that must follow. Without one, the option is a switch. */
  readonly value?: string;
  readonly describe: string;
}

export interface OperandSyntax {
  readonly name: string;
  /** A `path` is completed from the tree, a `command` from the commands. Default: anything. */
  readonly kind?: 'path' | 'command' | 'text';
  readonly optional?: boolean;
  /** Whether the operand takes all the tokens that follow. */
  readonly many?: boolean;
}

/** What may follow a command's name. */
export interface Syntax {
  /** Keyed by the option as it is typed: `-s`, `--wait`. */
  readonly options: Readonly<Record<string, OptionSyntax>>;
  readonly operands: readonly OperandSyntax[];
  /** The name of the part after `--`, which belongs to another program. */
  readonly rest?: string;
}

/** The arguments of a command, sorted by its syntax. */
export class Arguments {
  readonly #switches: ReadonlySet<string>;
  readonly #values: ReadonlyMap<string, string>;
  readonly #operands: ReadonlyMap<string, readonly string[]>;
  readonly rest: readonly string[];

  constructor(
    switches: ReadonlySet<string>,
    values: ReadonlyMap<string, string>,
    operands: ReadonlyMap<string, readonly string[]>,
    rest: readonly string[],
  ) {
    this.#switches = switches;
    this.#values = values;
    this.#operands = operands;
    this.rest = rest;
  }

  has(option: string): boolean {
    return this.#switches.has(option);
  }

  value(option: string): string | undefined {
    return this.#values.get(option);
  }

  /** The option's value as a whole number. Throws `UsageError`. */
  integer(option: string, min: number, max: number): number | undefined {
    const text = this.#values.get(option);
    if (text === undefined) return undefined;
    const number = /^-?[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw new UsageError(`${option}: ${JSON.stringify(text)} is not a whole number from ${min} to ${max}`);
  }

  optional(operand: string): string | undefined {
    return this.#operands.get(operand)?.[0];
  }

  /** An operand that the syntax requires. */
  operand(name: string): string {
    const text = this.optional(name);
    if (text === undefined) throw new UsageError(`${name} is missing`);
    return text;
  }

  many(operand: string): readonly string[] {
    return this.#operands.get(operand) ?? [];
  }
}

/**
 * Sorts the tokens after a command's name into options and operands. Options may stand anywhere before `--`. Throws
 * `UsageError`.
 */
export function parseArguments(syntax: Syntax, tokens: readonly Token[]): Arguments {
  const switches = new Set<string>();
  const values = new Map<string, string>();
  const operands: Token[] = [];
  let rest: readonly string[] = [];
  let onlyOperands = false;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === undefined) break;
    if (onlyOperands || token.quoted || !token.text.startsWith('-') || token.text === '-') {
      operands.push(token);
      continue;
    }
    if (token.text === '--') {
      if (syntax.rest !== undefined) {
        rest = tokens.slice(i + 1).map(({ text }) => text);
        break;
      }
      onlyOperands = true;
      continue;
    }
    const [name = '', attached] = token.text.startsWith('--') ? splitAtEquals(token.text) : [token.text];
    const option = Object.hasOwn(syntax.options, name) ? syntax.options[name] : undefined;
    if (option === undefined) throw new UsageError(unknownOption(syntax, name), token.start);
    if (option.value === undefined) {
      if (attached !== undefined) throw new UsageError(`${name} takes no value`, token.start);
      switches.add(name);
      continue;
    }
    const value = attached ?? tokens[++i]?.text;
    if (value === undefined) throw new UsageError(`${name} needs a value: ${option.value}`, token.end);
    values.set(name, value);
  }
  return new Arguments(switches, values, placeOperands(syntax, operands, tokens.at(-1)?.end), rest);
}

/** `ls [-s] [-w] path`. */
export function usageOf(name: string, { options, operands, rest }: Syntax): string {
  const parts = [name];
  for (const [option, { value }] of Object.entries(options)) {
    parts.push(value === undefined ? `[${option}]` : `[${option} ${value}]`);
  }
  for (const operand of operands) {
    const text = operand.many === true ? `${operand.name}...` : operand.name;
    parts.push(operand.optional === true ? `[${text}]` : text);
  }
  if (rest !== undefined) parts.push(`[-- ${rest}]`);
  return parts.join(' ');
}

function placeOperands(
  syntax: Syntax,
  tokens: readonly Token[],
  end: number | undefined,
): Map<string, readonly string[]> {
  const placed = new Map<string, readonly string[]>();
  let next = 0;
  for (const { name, many, optional } of syntax.operands) {
    const taken = tokens.slice(next, many === true ? undefined : next + 1);
    next += taken.length;
    if (taken.length > 0) {
      placed.set(
        name,
        taken.map(({ text }) => text),
      );
    } else if (optional !== true) throw new UsageError(`${name} is missing`, end);
  }
  const surplus = tokens[next];
  if (surplus !== undefined) {
    const hint = next === 0 ? '' : '; data with blanks needs quotes: "like this"';
    throw new UsageError(`unexpected ${JSON.stringify(surplus.text)}${hint}`, surplus.start);
  }
  return placed;
}

function splitAtEquals(text: string): [string, string | undefined] {
  const equals = text.indexOf('=');
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
}

function unknownOption({ options }: Syntax, name: string): string {
  const known = Object.keys(options);
  const list = known.length === 0 ? 'the command has none' : `the options are ${known.join(' ')}`;
  return `no option ${name}: ${list}; put data that begins with "-" after --`;
}
