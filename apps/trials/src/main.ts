#!/usr/bin/env node
import { runTrials } from './run-trials.ts';

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interrupt.abort(new Error(`interrupted by ${signal}`)));
}
process.once('disconnect', () => interrupt.abort(new Error('the program that started this is gone')));
process.exitCode = await runTrials(process.argv.slice(2), process, interrupt.signal);
if (process.connected) process.disconnect();
