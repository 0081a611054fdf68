import { readFile, writeFile } from 'node:fs/promises';
import { CuttingProxy, type Ensemble, type Member } from '@conclave/testkit';

/** A proxy between each two servers. It must be created before the ensemble is started. */
export class Partition implements AsyncDisposable {
  readonly #proxies: { readonly between: readonly [number, number]; readonly proxy: CuttingProxy }[] = [];

  /** Gives every server the address of a proxy instead of each peer that it dials, which are those of lower id. */
  static async create(ensemble: Ensemble): Promise<Partition> {
    const partition = new Partition();
    for (const member of ensemble.members) {
      const file = configFileOf(member);
      const config: { members: Record<string, string> } = JSON.parse(await readFile(file, 'utf8'));
      for (const { id } of ensemble.members) {
        if (id >= member.id) continue;
        const proxy = await CuttingProxy.listen(portOf(config.members[String(id)] ?? ''));
        partition.#proxies.push({ between: [id, member.id], proxy });
        config.members[String(id)] = `127.0.0.1:${proxy.port}`;
      }
      await writeFile(file, JSON.stringify(config));
    }
    return partition;
  }

  /** From now on no bytes reach this server or come from it, and its connections stay open. */
  isolate({ id }: Member): void {
    for (const { between, proxy } of this.#proxies) {
      if (!between.includes(id)) continue;
      proxy.hold('toServer');
      proxy.hold('toClient');
    }
  }

  /** Lets the servers connect again. Messages that were in flight when they were parted are lost. */
  heal(): void {
    for (const { proxy } of this.#proxies) {
      proxy.cut();
      proxy.release('toServer');
      proxy.release('toClient');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#proxies.map(({ proxy }) => proxy[Symbol.asyncDispose]()));
  }
}

/** The port to which a server's peers connect. */
export async function peerPortOf(member: Member): Promise<number> {
  const config: { members: Record<string, string> } = JSON.parse(
    await readFile(configFileOf(member), 'utf8'),
  );
  return portOf(config.members[String(member.id)] ?? '');
}

function configFileOf(member: Member): string {
  return member.logFile.replace(/\.log$/, '.json');
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}
