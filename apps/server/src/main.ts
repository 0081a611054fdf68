#!/usr/bin/env node
import { runConclaved } from './conclaved.ts';

const LINGER_MS = 2_000;

process.exitCode = await runConclaved(process.argv.slice(2), process.env);
// A handle left open after a failure must not keep the process of a stopped server alive.
setTimeout(() => process.exit(), LINGER_MS).unref();
