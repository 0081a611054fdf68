import { majority, type ZabOptions } from '@conclave/zab';
import type { Logger } from 'pino';
import { ClientHub } from './clients/client-hub.ts';
import type { Config } from './config/config.ts';
import { allowedWords } from './config/four-letter-words.ts';
import { limitsOf } from './config/limits.ts';
import { membershipText, membersOf } from './config/members.ts';
import { openAdminDoor } from './doors/admin-door.ts';
import { openTcpDoor } from './doors/tcp-door.ts';
import { openWebDoor } from './doors/web-door.ts';
import type { ByteStream } from './environment/byte-stream.ts';
import type { Address, Environment, Listener } from './environment/environment.ts';
import { EventLoopTurn } from './environment/event-loop-turn.ts';
import { httpApi } from './monitor/http-api.ts';
import { serverMetrics } from './monitor/metrics.ts';
import type { MonitorContext } from './monitor/monitor-context.ts';
import { type ServerStatus, type StatusContext, serverStatus } from './monitor/status.ts';
import { PeerLinks, type PeerLinksListener } from './peers/peer-links.ts';
import { DivergedError } from './replica/digest-log.ts';
import { Replica, type ReplicaObserver } from './replica/replica.ts';

const TOUCH_TICKS = 4;
/** Sessions expire this much later than their timeout. `Replica.inTouch` explains what the time is for. */
const SLACK_TICKS_OVER_SUSPICION = 10;

/** What a server consists of, and what it reports to its owner. */
export interface ServerOptions {
  /** Every setting: see `resolveConfig`. */
  readonly config: Config;
  /** The clock, the network and the disk: see `nodeEnvironment`. */
  readonly environment: Environment;
  /** A pino logger. Each part of the server logs to a child of its own. */
  readonly log: Logger;
  /** The state of this server is wrong. It has stopped serving, and the process should end. */
  readonly onFatal: (error: unknown) => void;
  /** Limits of the broadcast that otherwise take days or gigabytes to reach; for tests. */
  readonly zab?: Omit<ZabOptions, 'id' | 'quorum' | 'suspicionTicks'> | undefined;
  /** Sees what the replica applies. Checkers use it. */
  readonly observer?: ReplicaObserver | undefined;
}

/** The ports that the server listens on, also where the configuration asks for any free port. */
export interface ServerAddresses {
  readonly web: Address;
  readonly zookeeper: Address;
  /** The address of the admin API's own port, if it has one. */
  readonly admin: Address | undefined;
}

/**
 * One member of an ensemble: a replica of the state, and the doors through which clients reach it. Everything from outside
 * comes in through `environment`, so the same server runs in a simulator. There `accept` is its only door.
 */
export class Server {
  readonly #options: ServerOptions;
  readonly #startedMs: number;
  readonly #turn: EventLoopTurn;
  #replica: Replica<ClientHub> | undefined;
  #doors: Listener[] = [];
  /** False once this server's state was found to be wrong. Then nothing more is worked off. */
  #isSound = true;
  #closing: Promise<void> | undefined;

  constructor(options: ServerOptions) {
    const { environment } = options;
    this.#options = options;
    this.#startedMs = environment.clock.monotonicMs();
    this.#turn = new EventLoopTurn(
      environment.clock,
      () => this.#work(),
      (error) => this.#fatal(error),
    );
  }

  /**
   * Recovers the state and joins the ensemble. Throws the storage's errors, `ConfigError` for a member's address, or the
   * system's error for an address that cannot be listened on.
   */
  async start(): Promise<void> {
    const { config, environment, log, observer, zab } = this.#options;
    const members = membersOf(config);
    const opened = await Replica.open(
      {
        id: config.id,
        quorum: majority(new Set([config.id, ...members.map(({ id }) => id)])),
        zab: { ...zab, suspicionTicks: config.suspicionTicks },
        tickMs: config.tickMs,
        expirySlackMs: config.tickMs * (config.suspicionTicks + SLACK_TICKS_OVER_SUSPICION),
        outstandingMax: config.outstandingMax,
        tree: {
          members: config.members[String(config.id)] === undefined ? '' : membershipText(config),
          containerGraceMs: config.containerGraceMs,
          containerNeverUsedMs: config.containerNeverUsedMs,
        },
        checkpoints: { checkpointTxns: config.checkpointTxns, checkpointBytes: config.checkpointBytes },
        clock: environment.clock,
        log: log.child({ part: 'replica' }),
        openStorage: () => environment.openStorage(),
        scheduleWork: this.#turn.schedule,
        observer,
      },
      {
        links: (replica) => this.#makeLinks(replica),
        clients: (replica) => this.#makeClients(replica),
      },
    );
    this.#replica = opened;
    if (this.#closing === undefined) {
      await opened.start();
    } else {
      // The server was closed while it opened its storage, so `close` knew no replica.
      opened.clients.close(this.#isSound);
      await opened.close();
    }
  }

  /** Opens the doors for clients on real sockets. Call `start` first. */
  async openDoors(): Promise<ServerAddresses> {
    const { config, environment } = this.#options;
    const replica = this.#mustReplica();
    const hub = replica.clients;
    const { host, webHost = host, adminHost = host, adminPort } = config;
    let { zookeeperPort } = config;
    const monitor: MonitorContext = {
      ...this.#statusContext(),
      config,
      clock: environment.clock,
      zookeeperPort: () => zookeeperPort,
    };
    const admin = httpApi(monitor, serverMetrics(hub, replica));
    const web = await this.#addDoor(openWebDoor({ host: webHost, port: config.webPort }, hub, admin));
    const adminDoor =
      adminPort === undefined
        ? undefined
        : await this.#addDoor(openAdminDoor({ host: adminHost, port: adminPort }, admin));
    const words = { allowed: allowedWords(config.fourLetterWords), context: monitor };
    const zookeeper = await this.#addDoor(openTcpDoor({ host, port: zookeeperPort }, hub, words));
    zookeeperPort = zookeeper.address.port;
    return { web: web.address, zookeeper: zookeeper.address, admin: adminDoor?.address };
  }

  /** Takes in a client's stream from a door of the caller's own. Call `start` first: before it, this throws. */
  accept(stream: ByteStream): void {
    this.#mustReplica().clients.accept(stream);
  }

  /** Returns what `/v1/status` answers. */
  status(): ServerStatus {
    return serverStatus(this.#statusContext());
  }

  /**
   * Leaves cleanly. A leader hands over, and the connections of clients are closed, but their sessions live on at other
   * servers. When this resolves, everything logged is on disk. Idempotent.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const replica = this.#replica;
    try {
      if (this.#isSound) await replica?.handOver();
    } catch (error) {
      this.#fatal(error);
    }
    replica?.clients.close(this.#isSound);
    // A replica with a wrong state must not take part any longer, not even while the doors close.
    const stopped = this.#isSound ? undefined : replica?.close();
    await Promise.all(this.#doors.map((door) => door.close()));
    await (stopped ?? replica?.close());
  }

  async #addDoor<D extends Listener>(opening: Promise<D>): Promise<D> {
    const door = await opening;
    this.#doors.push(door);
    // The server was closed while the door opened, so `close` may not have known it.
    if (this.#closing !== undefined) await door.close();
    return door;
  }

  #makeLinks(replica: PeerLinksListener): PeerLinks {
    const { config, environment, log } = this.#options;
    const members = membersOf(config);
    const own = members.find(({ id }) => id === config.id) ?? { host: config.host, port: 0 };
    const others = members.filter(({ id }) => id !== config.id);
    return new PeerLinks(
      {
        id: config.id,
        ensemble: config.ensemble,
        listenAddress: { host: config.peerHost ?? own.host, port: own.port },
        peers: new Map(others.map(({ id, host, port }) => [id, { host, port }])),
        clock: environment.clock,
        entropy: environment.entropy,
        network: environment.network,
        log: log.child({ part: 'links' }),
      },
      replica,
    );
  }

  #makeClients(replica: Replica): ClientHub {
    const { config, environment, log } = this.#options;
    return new ClientHub(
      {
        id: config.id,
        limits: limitsOf(config),
        clock: environment.clock,
        entropy: environment.entropy,
        log: log.child({ part: 'clients' }),
        turn: this.#turn,
        superDigest: config.superDigest,
        quotasEnforced: config.enforceQuota,
        touchIntervalMs: config.tickMs * TOUCH_TICKS,
        onFatal: (error) => this.#fatal(error),
      },
      replica,
    );
  }

  #statusContext(): StatusContext {
    const { config, environment } = this.#options;
    const replica = this.#mustReplica();
    return {
      id: config.id,
      ensemble: config.ensemble,
      startedMs: this.#startedMs,
      nowMs: () => environment.clock.monotonicMs(),
      hub: replica.clients,
      replica,
    };
  }

  #work(): void {
    const replica = this.#replica;
    if (replica === undefined || !this.#isSound) return;
    replica.clients.collect();
    replica.work();
    replica.clients.flush();
  }

  #fatal(error: unknown): void {
    const { log, onFatal } = this.#options;
    if (error instanceof DivergedError)
      log.fatal({ err: error }, "this server's state differs from the leader's");
    else log.fatal({ err: error }, 'an invariant is broken; this server stops');
    this.#isSound = false;
    void this.close().catch(() => {});
    onFatal(error);
  }

  #mustReplica(): Replica<ClientHub> {
    if (this.#replica === undefined) throw new TypeError('the server was not started');
    return this.#replica;
  }
}
