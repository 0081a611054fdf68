import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ensemble, Member } from './ensemble.ts';
import { freePorts } from './free-ports.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** The server's program. A package may not import an app, so the server runs as a process of its own. */
const CONCLAVED = fileURLToPath(new URL('../../../apps/server/src/main.ts', import.meta.url));

type ConclaveSettings = Readonly<Record<string, unknown>>;

export interface ConclaveEnsembleOptions {
  /** Default 3. */
  readonly servers?: number;
  /** More settings, by their names in the configuration file: for all servers, or for each by its number. */
  readonly settings?: ConclaveSettings | ((id: number) => ConclaveSettings);
  /** The folder below which the data's folder is created. Default: the system's temporary folder. */
  readonly parent?: string | undefined;
}

/** Creates an ensemble of `conclaved` processes, running from source. They are not started yet. */
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
