/**
 * A script is a text of cases. A case begins with `= its name`. Steps follow, each with ZooKeeper's answer after it:
 *
 *     = delete: a node with children [sdk wire]
 *     # A line of explanation.
 *     A create ~/a "data" mode=ephemeral
 *     -> ~/a
 *     A exists ~/a
 *     -> {...}
 *     conclave exists-needs-read: NO_AUTH
 *
 * The first word of a step is the session, the second the operation. Then come paths (`~` is the case's own node), data
 * (as JSON strings), `key=value` and flags. Several operations of one request follow each other, with `;` between them.
 * The last line above marks an intended difference, by its name, with Conclave's answer.
 *
 * A case marked `unasked` is not run against ZooKeeper, because it would crash the version that the others were recorded
 * from. Its answers are those of later versions, according to their source.
 */
export interface Case {
  readonly name: string;
  /** The clients that can run the case. */
  readonly via: readonly Via[];
  readonly isAsked: boolean;
  readonly lines: readonly Line[];
}

/** `sdk` is Conclave's own client; `wire` is frames, written and read by this suite itself. */
export type Via = 'sdk' | 'wire';

export type Line =
  | { readonly type: 'comment'; readonly text: string }
  | { readonly type: 'step'; readonly step: Step };

export interface Step {
  /** The line of the script. */
  readonly text: string;
  readonly session: string;
  readonly operation: Operation;
  /** ZooKeeper's answer; empty until it is recorded. */
  readonly recorded: string;
  /** Conclave's answer, if it is meant to differ. */
  readonly difference: Difference | undefined;
}

export interface Difference {
  /** The id in `differences.ts`. */
  readonly id: string;
  readonly answer: string;
}

export interface Operation {
  readonly verb: string;
  readonly words: readonly string[];
  readonly options: ReadonlyMap<string, string>;
  /** The operations of a verb that takes several, separated by `;`. */
  readonly parts: readonly Operation[];
}

/** A script that cannot be read. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
  readonly code = 'BAD_SCRIPT';
}

/** Verbs whose words are operations. */
const COMPOUND = new Set(['multi', 'multiRead', 'pipeline', 'late']);

/** Throws a `ScriptError` that names the line. */
export function parseScript(text: string): Case[] {
  const cases: { name: string; via: Via[]; isAsked: boolean; lines: Line[] }[] = [];
  text.split('\n').forEach((raw, i) => {
    const line = raw.trim();
    const fail = (problem: string) => new ScriptError(`line ${i + 1}: ${problem}: ${line}`);
    if (line === '') return;
    if (line.startsWith('= ')) {
      const [, name = '', tags] = /^= (.*?)(?: \[([a-z ]+)\])?$/.exec(line) ?? [];
      const marks = (tags ?? 'sdk wire').split(' ');
      const via = marks.filter((mark) => mark !== 'unasked').map((mark) => mustBeVia(mark, fail));
      cases.push({ name, via, isAsked: via.length === marks.length, lines: [] });
      return;
    }
    const lines = cases.at(-1)?.lines;
    if (lines === undefined) throw fail('expected a case first');
    const last = lines.at(-1);
    if (line.startsWith('#')) {
      lines.push({ type: 'comment', text: line });
    } else if (line.startsWith('->')) {
      if (last?.type !== 'step') throw fail('an answer without a step');
      lines[lines.length - 1] = { type: 'step', step: { ...last.step, recorded: line.slice(2).trim() } };
    } else if (line.startsWith('conclave ')) {
      const [, id, answer] = /^conclave ([a-z0-9-]+): (.*)$/.exec(line) ?? [];
      if (last?.type !== 'step' || id === undefined || answer === undefined) throw fail('not a difference');
      lines[lines.length - 1] = { type: 'step', step: { ...last.step, difference: { id, answer } } };
    } else {
      const [session = '', ...tokens] = tokensOf(line);
      const operation = operationOf(tokens);
      if (operation === undefined) throw fail('expected a session and a verb');
      lines.push({
        type: 'step',
        step: { text: line, session, operation, recorded: '', difference: undefined },
      });
    }
  });
  return cases;
}

/** The text of the case with `outcomes` instead of the recorded answers, one for each step. */
export function renderCase({ name, via, isAsked, lines }: Case, outcomes: readonly string[]): string {
  const marks = [...via, ...(isAsked ? [] : ['unasked'])];
  const rendered = [`= ${name}${via.length === 2 && isAsked ? '' : ` [${marks.join(' ')}]`}`];
  let at = 0;
  for (const line of lines) {
    if (line.type === 'comment') {
      rendered.push(line.text);
      continue;
    }
    const { text, difference } = line.step;
    rendered.push(text, `-> ${outcomes[at++] ?? ''}`);
    if (difference !== undefined) rendered.push(`conclave ${difference.id}: ${difference.answer}`);
  }
  return rendered.join('\n');
}

export function stepsOf({ lines }: Case): Step[] {
  return lines.flatMap((line) => (line.type === 'step' ? [line.step] : []));
}

function operationOf(tokens: readonly string[]): Operation | undefined {
  const [verb, ...rest] = tokens;
  if (verb === undefined) return undefined;
  if (COMPOUND.has(verb)) {
    return {
      verb,
      words: [],
      options: new Map(),
      parts: splitAt(rest, ';').flatMap((part) => operationOf(part) ?? []),
    };
  }
  const words: string[] = [];
  const options = new Map<string, string>();
  for (const token of rest) {
    const [, key, value] = /^([a-zA-Z]+)=(.*)$/s.exec(token) ?? [];
    if (key === undefined || value === undefined) words.push(token);
    else options.set(key, value);
  }
  return { verb, words, options, parts: [] };
}

/** Words between blanks; a JSON string is one word. */
function tokensOf(line: string): string[] {
  return line.match(/[a-zA-Z]+="(?:[^"\\]|\\.)*"|"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
}

function splitAt(tokens: readonly string[], separator: string): string[][] {
  const parts: string[][] = [[]];
  for (const token of tokens) {
    if (token === separator) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

function mustBeVia(tag: string, fail: (problem: string) => Error): Via {
  if (tag !== 'sdk' && tag !== 'wire') throw fail(`no such client: ${tag}`);
  return tag;
}
