#!/usr/bin/env node
import { runConclaved } from './conclaved.ts';

process.exitCode = await runConclaved(process.argv.slice(2), process.env);
