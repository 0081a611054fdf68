import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ensemble, Member } from './ensemble.ts';
import { freePorts } from './free-ports.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const JAVA = '/usr/bin/java';
const JAR = '/usr/share/java/zookeeper.jar';
/** The manifest of Debian's jar names all its dependencies but the one that writes the log. */
const LOG_BINDING = '/usr/share/java/slf4j-simple.jar';
/** Needed only by the admin server, which is off unless the settings turn it on. */
const SERVLET_API = '/usr/share/java/servlet-api.jar';

/** Returns why a real ZooKeeper cannot run on this machine, or `undefined` if it can. */
export function zookeeperMissing(): string | undefined {
  for (const file of [JAVA, JAR]) {
    if (!existsSync(file)) return `${file} is missing: apt-get install zookeeper default-jre-headless`;
  }
  return undefined;
}

type ZooKeeperSettings = Readonly<Record<string, string | number>>;

export interface RealZooKeeperOptions {
  /** Default 1, which is a standalone server. */
  readonly servers?: number;
  /** More lines of `zoo.cfg`: for all servers, or for each by its number. */
  readonly settings?: ZooKeeperSettings | ((id: number) => ZooKeeperSettings);
  /** More flags for Java, for settings outside `zoo.cfg`: `-Dznode.container.checkIntervalMs=100`. */
  readonly javaFlags?: readonly string[];
  /** The folder below which the data's folder is created. Default: the system's temporary folder. */
  readonly parent?: string | undefined;
}

/**
 * Creates an ensemble of ZooKeeper servers as Debian packages them, with the default settings: tickTime 2000, initLimit
 * 10, syncLimit 5, every write forced to disk. Only the limit of connections per address is lifted. They are not
 * started yet.
 */
export async function realZooKeeper(options: RealZooKeeperOptions = {}): Promise<Ensemble> {
  const { servers = 1, settings = {}, javaFlags = [], parent } = options;
  const missing = zookeeperMissing();
  if (missing !== undefined) throw new Error(missing);
  const directory = await temporaryDirectory(parent);
  const ports = await freePorts(servers * 3);
  const places = Array.from({ length: servers }, (_, i) => {
    const [tcpPort = 0, peerPort = 0, electionPort = 0] = ports.slice(i * 3);
    return { id: i + 1, tcpPort, peerPort, electionPort };
  });
  const ensemble = places.map(
    ({ id, peerPort, electionPort }) => [`server.${id}`, `127.0.0.1:${peerPort}:${electionPort}`] as const,
  );
  return new Ensemble(
    'zookeeper',
    await Promise.all(
      places.map(async ({ id, tcpPort }) => {
        const dataDir = join(directory.path, `server-${id}`);
        const configFile = join(directory.path, `server-${id}.cfg`);
        await mkdir(dataDir);
        await writeFile(join(dataDir, 'myid'), `${id}\n`);
        const config: Record<string, string | number> = {
          tickTime: 2000,
          initLimit: 10,
          syncLimit: 5,
          maxClientCnxns: 0,
          dataDir,
          clientPort: tcpPort,
          clientPortAddress: '127.0.0.1',
          // Otherwise every server would take port 8080 for it.
          'admin.enableServer': 'false',
          ...(servers > 1 ? Object.fromEntries(ensemble) : {}),
          ...(typeof settings === 'function' ? settings(id) : settings),
        };
        const lines = Object.entries(config).map(([key, value]) => `${key}=${value}\n`);
        await writeFile(configFile, lines.join(''));
        return new Member({
          id,
          tcpPort,
          webPort: undefined,
          dataDir,
          process: {
            command: JAVA,
            args: [
              '-cp',
              `${JAR}:${LOG_BINDING}:${SERVLET_API}`,
              '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
              '-Dzookeeper.jmx.log4j.disable=true',
              ...javaFlags,
              'org.apache.zookeeper.server.quorum.QuorumPeerMain',
              configFile,
            ],
            cwd: directory.path,
            logFile: join(directory.path, `server-${id}.log`),
          },
        });
      }),
    ),
    directory,
  );
}
