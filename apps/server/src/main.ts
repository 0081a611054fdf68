#!/usr/bin/env node
import { runConclaved } from './conclaved.ts';

const LINGER_MS = 2_000;

process.exitCode = await runConclaved(process.argv.slice(2), process.env);
// After a failure something may be left open; it must not keep a server that has stopped from ending.
setTimeout(() => process.exit(), LINGER_MS).unref();
