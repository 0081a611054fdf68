import { runLocalEnsemble } from './run-local-ensemble.ts';

process.exitCode = await runLocalEnsemble(process.argv.slice(2));
