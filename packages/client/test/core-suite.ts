import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import { type Client, type ConnectOptions, connect, type SignalOptions } from '../src/index.ts';
import { nodeTests } from './core-nodes.ts';
import { sessionTests } from './core-sessions.ts';
import type { CoreTarget } from './core-stage.ts';
import { watchTests } from './core-watches.ts';

/**
 * The promises of the client's core, tested against a real ensemble. The tests are the same for every server and
 * transport. Where ZooKeeper's servers cannot do what Conclave's can, both outcomes are written down. `skipped` is
 * why the suite cannot run.
 */
export function coreSuite(name: string, startTarget: () => Promise<CoreTarget>, skipped?: string): void {
  const title =
    skipped === undefined ? `the core with ${name}` : `the core with ${name} (skipped: ${skipped})`;
  describe.skipIf(skipped !== undefined)(title, () => {
    let target: CoreTarget;
    let client: Client;
    let other: Client;
    let root: string;
    let count = 0;
    const opened: Client[] = [];

    beforeAll(async () => {
      target = await startTarget();
    });
    afterAll(async () => {
      await target?.stop();
    });
    beforeEach(async () => {
      [client, other] = await Promise.all([open(), open()]);
      root = `/core-${name.replace(/[^a-z]/gi, '-')}-${++count}`;
      await client.create(root);
    });
    afterEach(() => closeAll());

    async function open(options: Partial<ConnectOptions> = {}): Promise<Client> {
      const one = await connect({ servers: target.servers, sessionTimeoutMs: 8_000, ...options });
      opened.push(one);
      return one;
    }

    async function closeAll(options: SignalOptions = {}): Promise<void> {
      await Promise.all(opened.splice(0).map((one) => one.close(options)));
    }

    const core = {
      get target() {
        return target;
      },
      get client() {
        return client;
      },
      get other() {
        return other;
      },
      get root() {
        return root;
      },
      open,
      closeAll,
    };
    nodeTests(core);
    watchTests(core);
    sessionTests(core);
  });
}
