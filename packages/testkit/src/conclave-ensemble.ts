import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ensemble, Member } from './ensemble.ts';
import { freePorts } from './free-ports.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** A package may not import an app, and need not: the server is a program, and is run as one. */
const CONCLAVED = fileURLToPath(new URL('../../../apps/server/src/main.ts', import.meta.url));

type ConclaveSettings = Readonly<Record<string, unknown>>;

export interface ConclaveEnsembleOptions {
  /** Default 3. */
  readonly servers?: number;
  /** Further settings, by their names in the configuration file, for all servers or for each by its number. */
  readonly settings?: ConclaveSettings | ((id: number) => ConclaveSettings);
  /** Where the data's folder is made; the system's folder for such things by default. */
  readonly parent?: string | undefined;
}

/** An ensemble of `conclaved`s, running from source. Not started yet. */
export async function conclaveEnsemble(options: ConclaveEnsembleOptions = {}): Promise<Ensemble> {
  const { servers = 3, settings = {}, parent } = options;
  const directory = await temporaryDirectory(parent);
  const ports = await freePorts(servers * 3);
  const places = Array.from({ length: servers }, (_, i) => {
    const [webPort = 0, tcpPort = 0, peerPort = 0] = ports.slice(i * 3);
    return { id: i + 1, webPort, tcpPort, peerPort };
  });
  const members = Object.fromEntries(places.map(({ id, peerPort }) => [String(id), `127.0.0.1:${peerPort}`]));
  return new Ensemble(
    'conclave',
    await Promise.all(
      places.map(async ({ id, webPort, tcpPort }) => {
        const dataDir = join(directory.path, `server-${id}`);
        const configFile = join(directory.path, `server-${id}.json`);
        await mkdir(dataDir);
        const config = {
          id,
          ensemble: 'testkit',
          dataDir,
          webPort,
          zookeeperPort: tcpPort,
          members,
          ...(typeof settings === 'function' ? settings(id) : settings),
        };
        await writeFile(configFile, JSON.stringify(config));
        return new Member({
          id,
          tcpPort,
          webPort,
          dataDir,
          process: {
            command: process.execPath,
            args: [CONCLAVED, '--config', configFile],
            cwd: directory.path,
            logFile: join(directory.path, `server-${id}.log`),
          },
        });
      }),
    ),
    directory,
  );
}
