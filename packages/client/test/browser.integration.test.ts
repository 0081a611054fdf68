import { CuttingProxy, conclaveEnsemble } from '@conclave/testkit';
import { expect, test } from 'vitest';
import { connect } from '../src/browser.ts';

// Node.js has the WebSocket of browsers.
test('the browser entry opens a session, keeps it through a lost connection, and ends it', async () => {
  await using ensemble = await conclaveEnsemble({ servers: 1 });
  await ensemble.serve();
  await using proxy = await CuttingProxy.listen(ensemble.members[0]?.webPort ?? 0);
  const client = await connect({ servers: `ws://127.0.0.1:${proxy.port}`, sessionTimeoutMs: 8_000 });
  const { id } = client.session;
  const large = new Uint8Array(600_000).fill(3);
  await client.create('/a', large, { mode: 'ephemeral' });
  const watch = client.watch('/a');
  await client.sync();
  proxy.cut();
  const [changed] = await Promise.all([watch.next(), client.set('/a', 'x')]);
  expect(changed.value).toMatchObject({ type: 'dataChanged', path: '/a' });
  expect(client.session).toMatchObject({ id, native: true });
  await client.close();
  await using other = await connect({ servers: `ws://127.0.0.1:${proxy.port}` });
  expect(await other.exists('/a')).toBeNull();
});
