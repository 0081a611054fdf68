import type { MultiOperation } from '@conclave/client';
import type { Command } from '../command.ts';
import { printable } from '../data-format.ts';
import { type Arguments, parseArguments, type Syntax, usageOf } from '../syntax.ts';
import { scanTokens } from '../tokens.ts';
import { UsageError } from '../usage-error.ts';
import { aclOf, create, kindOf } from './create.ts';
import { deleteOne } from './delete.ts';
import { set } from './set.ts';

const VERSION_MAX = 2 ** 31 - 1;
const check: Syntax = {
  options: { '-v': { value: 'version', describe: '' } },
  operands: [{ name: 'path', kind: 'path' }],
};

interface Operation {
  readonly syntax: Syntax;
  readonly from: (args: Arguments) => MultiOperation;
}

const operations: Readonly<Record<string, Operation>> = {
  create: {
    syntax: create.syntax,
    from(args) {
      if (args.has('-p')) throw new UsageError('-p cannot be used in a transaction');
      const data = args.optional('data') ?? null;
      return { type: 'create', path: args.operand('path'), data, ...kindOf(args), acl: aclOf(args) };
    },
  },
  set: {
    syntax: set.syntax,
    from: (args) => ({
      type: 'set',
      path: args.operand('path'),
      data: args.operand('data'),
      version: args.integer('-v', -1, VERSION_MAX),
    }),
  },
  delete: {
    syntax: deleteOne.syntax,
    from: (args) => ({
      type: 'delete',
      path: args.operand('path'),
      version: args.integer('-v', -1, VERSION_MAX),
    }),
  },
  check: {
    syntax: check,
    from: (args) => ({
      type: 'check',
      path: args.operand('path'),
      version: args.integer('-v', -1, VERSION_MAX),
    }),
  },
};

export const multi: Command = {
  name: 'multi',
  syntax: { options: {}, operands: [{ name: 'operation', many: true }] },
  summary: 'do several operations in one transaction: all of them or none',
  details: [
    'Each operation is one quoted argument: create, set and delete as they are written alone, and',
    'check [-v version] path. It fails the transaction unless the node exists, with that version if given.',
    'Prints the paths of the nodes that were created.',
  ].join('\n'),
  examples: ["multi 'check -v 3 /config' 'set /config new' 'create /config/log entry'"],
  async run(args, { connection, signal }) {
    const wanted = args.many('operation').map(parseOperation);
    const client = await connection.client(signal);
    const results = await client.multi(wanted, { signal });
    const created = results.flatMap((result) => (result.type === 'create' ? [result.path] : []));
    return {
      json: { operations: wanted.length, created },
      render: (styling) =>
        created.map((path) => (styling.terminal ? `Created ${printable(path)}` : path)).join('\n'),
    };
  },
};

function parseOperation(line: string): MultiOperation {
  const { tokens, problem } = scanTokens(line);
  if (problem !== undefined) throw new UsageError(`${JSON.stringify(line)}: ${problem.message}`);
  const [name, ...others] = tokens;
  const operation =
    name !== undefined && Object.hasOwn(operations, name.text) ? operations[name.text] : undefined;
  if (name === undefined || operation === undefined) {
    throw new UsageError(`${JSON.stringify(line)}: expected create, set, delete or check`);
  }
  try {
    return operation.from(parseArguments(operation.syntax, others));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${name.text}: ${error.message}\nusage: ${usageOf(name.text, operation.syntax)}`);
  }
}
