import { conclaveEnsemble } from './conclave-ensemble.ts';
import type { Ensemble, Member } from './ensemble.ts';
import { realZooKeeper } from './real-zookeeper.ts';

/**
 * A program that runs one ensemble for its parent, which controls it over IPC. When the parent has ended, for whatever
 * reason, the program stops the ensemble and removes its data.
 *
 *     node ensemble-host.ts <conclave|zookeeper> <servers> [parent folder of the data]
 */
export type HostRequest =
  /** Sends SIGKILL or SIGSTOP to the present leader. */
  | { readonly type: 'strikeLeader'; readonly how: 'kill' | 'freeze' }
  /** Starts or wakes the server that was struck, and waits until all serve. */
  | { readonly type: 'heal' };

export type HostReply =
  | { readonly type: 'ready'; readonly tcpServers: string[]; readonly webServers: string[] }
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly message: string };

const [kind, servers, parent] = process.argv.slice(2);
const gone = new AbortController();
process.once('disconnect', () => gone.abort());
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => gone.abort());

try {
  await host(await create());
} catch (error) {
  reply(failure(error));
}
if (process.connected) process.disconnect();

function create(): Promise<Ensemble> {
  const options = { servers: Number(servers), parent };
  switch (kind) {
    case 'conclave':
      // All connections of the load come from this address, so their number is not limited. ZooKeeper gets the same setting.
      return conclaveEnsemble({ ...options, settings: { zookeeperConnectionsPerAddressMax: 0 } });
    case 'zookeeper':
      return realZooKeeper(options);
    default:
      throw new Error(`unknown kind of ensemble: ${kind}`);
  }
}

async function host(ensemble: Ensemble): Promise<void> {
  try {
    ensemble.start();
    await ensemble.ready({ signal: gone.signal });
    const requests = new Promise<void>((resolve) => gone.signal.addEventListener('abort', () => resolve()));
    let struck: Member | undefined;
    process.on('message', (request: HostRequest) => {
      void serve(request);
    });
    const serve = async (request: HostRequest): Promise<void> => {
      try {
        switch (request.type) {
          case 'strikeLeader':
            struck = await ensemble.leader({ signal: gone.signal });
            if (request.how === 'kill') await struck.kill();
            else struck.freeze();
            break;
          case 'heal':
            struck?.thaw();
            struck?.start();
            await ensemble.ready({ signal: gone.signal });
            break;
        }
        reply({ type: 'done' });
      } catch (error) {
        reply(failure(error));
      }
    };
    reply({ type: 'ready', tcpServers: ensemble.tcpServers, webServers: ensemble.webServers });
    await requests;
  } finally {
    await ensemble.stop();
  }
}

function reply(message: HostReply): void {
  if (process.connected) process.send?.(message);
}

function failure(error: unknown): HostReply {
  return { type: 'failed', message: error instanceof Error ? error.message : String(error) };
}
