// zookeeper from npm, which is libzookeeper inside Node. The arguments are the module's folder and the list of
// servers; prints a line for each group that went well.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const [folder, servers] = process.argv.slice(2);
const ZooKeeper = createRequire(import.meta.url)(folder);
const { ZNONODE, ZNODEEXISTS, ZBADVERSION, ZOO_EPHEMERAL, ZOO_SEQUENCE, ZOO_LOG_LEVEL_ERROR } = ZooKeeper;

async function start() {
  const client = new ZooKeeper({ connect: servers, timeout: 20_000, debug_level: ZOO_LOG_LEVEL_ERROR });
  const connected = once(client, 'connect');
  client.init({});
  await connected;
  return client;
}

function refused(code, answer) {
  return assert.rejects(answer, (error) => error.message.startsWith(`${code} `));
}

function done(group) {
  process.stdout.write(`ok ${group}\n`);
}

let client = await start();
const session = client.client_id;

assert.equal(await client.create('/z', 'hello', 0), '/z');
await refused(ZNODEEXISTS, client.create('/z', '', 0));
assert.equal(await client.create('/z/s-', '', ZOO_SEQUENCE), '/z/s-0000000000');
assert.equal(await client.create('/z/e', '', ZOO_EPHEMERAL), '/z/e');
done('creates');

assert.equal(String((await client.get('/z', false))[1]), 'hello');
assert.equal((await client.set('/z', 'world', 0)).version, 1);
await refused(ZBADVERSION, client.set('/z', 'x', 0));
await refused(ZNONODE, client.get('/nowhere', false));
assert.deepEqual((await client.get_children('/z', false)).sort(), ['e', 's-0000000000']);
done('reads and sets');

let fire;
const fired = new Promise((resolve) => {
  fire = resolve;
});
await client.w_get('/z', (type, _state, path) => fire(`${type} ${path}`));
await client.set('/z', 'watched', -1);
assert.equal(await fired, '3 /z');
done('watches');

const reconnected = once(client, 'connecting').then(() => once(client, 'connect'));
process.stdout.write('middle\n');
await once(createInterface({ input: process.stdin }), 'line');
await reconnected;
assert.equal(client.client_id, session);
assert.ok(await client.exists('/z/e', false));
done('fails over');

await client.delete_('/z/s-0000000000', 0);
client.close();
client = await start();
await refused(ZNONODE, client.exists('/z/e', false));
client.close();
done('closes');
process.stdin.destroy();
