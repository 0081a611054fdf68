/**
 * How `conclave` ends. With a command to run under a lock, the command's own code is passed on, so what `conclave`
 * has to say itself is out of the way of common codes, as with env(1) and timeout(1).
 */
export const ExitCode = {
  ok: 0,
  /** The ensemble refused it: no such node, a wrong version, ... */
  refused: 1,
  /** The command line makes no sense. */
  usage: 2,
  /** No server, no session, or no answer in time: nothing was done. */
  unavailable: 3,
  /** A write was sent and not answered: it may have been done. */
  outcomeUnknown: 4,
  /** The lock was not to be had: by `--try`, or within `--wait`. */
  notObtained: 123,
  /** The lock was lost, and the command stopped. */
  lost: 124,
  /** Something failed before the command was run. */
  failed: 125,
  cannotRun: 126,
  notFound: 127,
  /** Plus the number of the signal. */
  signal: 128,
} as const;

export const exitCodeHelp = [
  'Exit codes: 0 done, 1 refused by the ensemble, 2 wrong usage, 3 no server or no answer in time,',
  '4 sent but not answered (may have been done). With a command under a lock: its own code, or',
  '123 lock not obtained, 124 lock lost and command stopped, 125 failed before the command ran,',
  '126 command cannot be run, 127 command not found, 128+n ended by signal n.',
].join('\n');
