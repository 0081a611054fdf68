import { parseArgs } from 'node:util';

/** The ensemble that `npm start` runs. */
const LOCAL_ENSEMBLE = 'conclave://127.0.0.1:7400,127.0.0.1:7401,127.0.0.1:7402';

export interface ExampleOptions {
  /** A connection string. */
  readonly servers: string;
  readonly workers: number;
}

/**
 * Reads `--servers STRING` (default: the ensemble of `npm start`) and `--workers N`, from 2 to 32. Prints what is wrong
 * and ends the process with code 2 otherwise.
 */
export function exampleOptions(workersDefault: number): ExampleOptions {
  try {
    const { values } = parseArgs({
      options: {
        servers: { type: 'string', default: LOCAL_ENSEMBLE },
        workers: { type: 'string', default: String(workersDefault) },
      },
    });
    const workers = Number(values.workers);
    if (!(Number.isInteger(workers) && workers >= 2 && workers <= 32)) {
      throw new RangeError(`--workers ${values.workers}: expected a whole number from 2 to 32`);
    }
    return { servers: values.servers, workers };
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}
