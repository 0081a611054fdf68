/**
 * The exit codes of `conclave`. When it runs a command under a lock, it passes on that command's own code. Its own
 * codes for that case then avoid the common ones, as those of env(1) and timeout(1) do.
 */
export const ExitCode = {
  ok: 0,
  /** The ensemble refused the command: no such node, a wrong version, ... */
  refused: 1,
  /** The command line is invalid. */
  usage: 2,
  /** No server, no session, or no answer in time. Nothing was done. */
  unavailable: 3,
  /** A write was sent and not answered, so it may have taken effect. */
  outcomeUnknown: 4,
  /** The lock was not free with `--try`, or did not become free within `--wait`. */
  notObtained: 123,
  /** The lock was lost, and the command was stopped. */
  lost: 124,
  /** Something failed before the command was run. */
  failed: 125,
  cannotRun: 126,
  notFound: 127,
  /** Plus the number of the signal. */
  signal: 128,
} as const;

export const exitCodeHelp = [
  'Exit codes: 0 done, 1 refused by the ensemble, 2 invalid usage, 3 no server or no answer in time,',
  '4 sent but not answered (may have taken effect). With a command under a lock: its own code, or',
  '123 lock not obtained, 124 lock lost and command stopped, 125 failed before the command ran,',
  '126 command cannot be run, 127 command not found, 128+n ended by signal n.',
].join('\n');
