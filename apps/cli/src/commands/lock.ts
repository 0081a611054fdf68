import { mutex } from '@conclave/recipes';
import type { Command } from '../command.ts';
import { runUnderLock } from '../run-under-lock.ts';
import { UsageError } from '../usage-error.ts';

const MS_MAX = 2 ** 31 - 1;

export const lock: Command = {
  name: 'lock',
  unhurried: true,
  syntax: {
    options: {
      '--try': { describe: 'do not wait: fail when the lock is not free' },
      '--wait': { value: 'ms', describe: 'wait no longer than that; for ever by default' },
      '--grace': { value: 'ms', describe: 'time for the command to end once the lock is lost' },
    },
    operands: [{ name: 'path', kind: 'path' }],
    rest: 'command args...',
  },
  summary: 'hold a lock: in the shell until "unlock", else while a command runs',
  details: [
    'conclave lock PATH -- command args... runs the command while it holds the lock, and passes on its exit',
    'code. The command finds CONCLAVE_FENCING_TOKEN, CONCLAVE_LOCK_PATH and CONCLAVE_LOCK_NODE in its',
    'environment. When the lock is lost the command gets SIGTERM, and SIGKILL after the grace: by default',
    '8 % of the session timeout, which ends before the ensemble can grant the lock to anybody else.',
    'INT, TERM, HUP, QUIT, USR1 and USR2 are passed on to the command.',
  ].join('\n'),
  examples: [
    'conclave lock /locks/backup -- ./backup.sh --full',
    'conclave lock --wait 5000 /locks/deploy -- make deploy',
    'lock --try /locks/billing',
  ],
  async run(args, { connection, held, signal }) {
    if (args.rest.length > 0)
      throw new UsageError('a command is run by conclave lock PATH -- command, outside the shell');
    const path = args.operand('path');
    if (held.has(path)) throw new UsageError(`${path} is held by this shell already`);
    const waitMs = args.integer('--wait', 1, MS_MAX);
    const own = mutex(await connection.client(signal), path);
    const lock = args.has('--try') ? await own.tryAcquire({ signal }) : await own.acquire({ waitMs, signal });
    if (lock === null) {
      return { json: { path, held: false }, render: () => 'somebody else holds it' };
    }
    held.add(path, lock);
    const { node, fencingToken } = lock;
    return {
      json: { path, held: true, node, fencingToken },
      render: () => `held, fencing token ${fencingToken}`,
    };
  },
  async runAlone(args, context, io) {
    const [program, ...programArgs] = args.rest;
    if (program === undefined) throw new UsageError('-- and a command to run are missing');
    const graceMs = args.integer('--grace', 0, MS_MAX);
    return await runUnderLock(
      {
        path: args.operand('path'),
        program,
        programArgs,
        wait: !args.has('--try'),
        waitMs: args.integer('--wait', 1, MS_MAX),
        graceMs: graceMs ?? Math.round(context.settings.sessionTimeoutMs * GRACE_OF_SESSION),
      },
      context,
      io,
    );
  },
};

/** The client gives a session up a tenth of the timeout before the ensemble may: the grace must fit into that. */
const GRACE_OF_SESSION = 0.08;
