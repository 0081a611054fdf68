#!/usr/bin/env node
import { runBench } from './run-bench.ts';

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interrupt.abort(new Error(`interrupted by ${signal}`)));
}
process.exitCode = await runBench(process.argv.slice(2), process, interrupt.signal);
