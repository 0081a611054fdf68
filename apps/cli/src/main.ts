#!/usr/bin/env node
import { runConclave } from './conclave.ts';

const { stdin, stdout, stderr, env: environment } = process;
stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader of the pipe has seen enough, as in `conclave ls -R / | head`.
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
process.exitCode = await runConclave(process.argv.slice(2), { stdin, stdout, stderr, environment });
