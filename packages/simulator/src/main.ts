import { writeFileSync } from 'node:fs';
import { parseArguments, type SimArguments, USAGE, UsageError } from './arguments.ts';
import { huntAll } from './mutations/hunt.ts';
import { Soak } from './soak.ts';

const BAD_USAGE = 2;

try {
  process.exitCode = await run(parseArguments(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`sim: ${error.message}\n`);
  process.exitCode = BAD_USAGE;
}

async function run(wanted: SimArguments): Promise<number> {
  switch (wanted.command) {
    case 'help':
      process.stdout.write(USAGE);
      return 0;
    case 'hunt': {
      let areAllFound = true;
      await huntAll(wanted.mutations, wanted, ({ mutation, seed, finding }) => {
        const found = seed === undefined ? `NOT FOUND within ${mutation.seeds}` : `seed ${seed}`;
        print(`${mutation.name.padEnd(28)} ${found.padEnd(12)} ${finding.slice(0, 160)}`);
        areAllFound &&= seed !== undefined;
      });
      return areAllFound ? 0 : 1;
    }
    case 'soak': {
      const { from, seeds, keepsGoing, ...options } = wanted;
      return (await new Soak({ print, ...options }).run(from, seeds, keepsGoing)) ? 0 : 1;
    }
    case 'replay': {
      const { what, trace, shrink, save, ...options } = wanted;
      const keep = save && {
        onScenario: (played: unknown) => writeFileSync(save, `${JSON.stringify(played, null, 2)}\n`),
      };
      return (await new Soak({ print, ...options }).replay(what, { trace, shrink, ...keep })) ? 0 : 1;
    }
    default:
      return wanted satisfies never;
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
