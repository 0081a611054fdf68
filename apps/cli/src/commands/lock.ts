import { mutex } from '@conclave/recipes';
import type { Command } from '../command.ts';
import { runUnderLock } from '../run-under-lock.ts';
import { UsageError } from '../usage-error.ts';

const MS_MAX = 2 ** 31 - 1;

export const lock: Command = {
  name: 'lock',
  hasNoTimeLimit: true,
  syntax: {
    options: {
      '--try': { describe: 'do not wait; fail if the lock is not free' },
      '--wait': { value: 'ms', describe: 'wait at most this long; default: no limit' },
      '--grace': { value: 'ms', describe: 'time for the command to end after the lock is lost' },
    },
    operands: [{ name: 'path', kind: 'path' }],
    rest: 'command args...',
  },
  summary: 'hold a lock until "unlock" in the shell, or while a command runs',
  details: [
    'conclave lock PATH -- command args... runs the command while it holds the lock, and passes on its exit',
    'code. The command finds CONCLAVE_FENCING_TOKEN, CONCLAVE_LOCK_PATH and CONCLAVE_LOCK_NODE in its',
    'environment. If the lock is lost, the command gets SIGTERM, and SIGKILL after the grace time. The',
    'default is 8 % of the session timeout, which is over before another client can get the lock.',
    'INT, TERM, HUP, QUIT, USR1 and USR2 are passed on to the command.',
  ].join('\n'),
  examples: [
    'conclave lock /locks/backup -- ./backup.sh --full',
    'conclave lock --wait 5000 /locks/deploy -- make deploy',
    'lock --try /locks/billing',
  ],
  async run(args, { connection, held, signal }) {
    if (args.rest.length > 0)
      throw new UsageError(
        'the shell runs no commands under a lock; use "conclave lock PATH -- command" outside it',
      );
    const path = args.operand('path');
    if (held.has(path)) throw new UsageError(`this shell already holds ${path}`);
    const waitMs = args.integer('--wait', 1, MS_MAX);
    const own = mutex(await connection.client(signal), path);
    const lock = args.has('--try') ? await own.tryAcquire({ signal }) : await own.acquire({ waitMs, signal });
    if (lock === null) {
      return { json: { path, held: false }, render: () => 'held by another session' };
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

/** The client gives up a session a tenth of the timeout before the ensemble may. The grace time must fit into that. */
const GRACE_OF_SESSION = 0.08;
