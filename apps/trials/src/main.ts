#!/usr/bin/env node
import { interruption } from '@conclave/testkit';
import { runTrials } from './run-trials.ts';

const interrupt = interruption();
process.once('disconnect', () => interrupt.abort(new Error('the parent process is gone')));
process.exitCode = await runTrials(process.argv.slice(2), process, interrupt.signal);
if (process.connected) process.disconnect();
