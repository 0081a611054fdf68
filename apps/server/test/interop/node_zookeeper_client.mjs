// node-zookeeper-client from npm. The argument is the list of servers; prints a line for each group that went well.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import zookeeper from 'node-zookeeper-client';

const { ACL, CreateMode, Exception } = zookeeper;
const [servers] = process.argv.slice(2);

async function start() {
  const client = zookeeper.createClient(servers, { sessionTimeout: 20_000, spinDelay: 50, retries: 20 });
  const connected = once(client, 'connected');
  client.connect();
  await connected;
  return client;
}

/** @returns the method as one that returns a promise; of several results, the first */
function call(client, method, ...args) {
  return promisify(client[method]).apply(client, args);
}

function refused(code, client, method, ...args) {
  return assert.rejects(call(client, method, ...args), (error) => error.getCode() === code);
}

/** A watcher, and a promise of the event that it is called with. */
function watcher() {
  let watch;
  const event = new Promise((resolve) => {
    watch = (event) => resolve(`${event.getName()} ${event.getPath()}`);
  });
  return { watch, event };
}

function done(group) {
  process.stdout.write(`ok ${group}\n`);
}

let client = await start();
const session = client.getSessionId().toString('hex');

assert.equal(await call(client, 'create', '/n', Buffer.from('hello')), '/n');
await refused(Exception.NODE_EXISTS, client, 'create', '/n');
assert.equal(
  await call(client, 'create', '/n/s-', null, CreateMode.PERSISTENT_SEQUENTIAL),
  '/n/s-0000000000',
);
assert.equal(await call(client, 'create', '/n/e', null, CreateMode.EPHEMERAL), '/n/e');
assert.equal(
  await call(client, 'create', '/n/es-', null, CreateMode.EPHEMERAL_SEQUENTIAL),
  '/n/es-0000000002',
);
await refused(Exception.NO_CHILDREN_FOR_EPHEMERALS, client, 'create', '/n/e/x');
await call(client, 'mkdirp', '/n/a/b/c');
done('creates');

assert.equal(String(await call(client, 'getData', '/n')), 'hello');
assert.equal((await call(client, 'setData', '/n', Buffer.from('world'), 0)).version, 1);
await refused(Exception.BAD_VERSION, client, 'setData', '/n', Buffer.from('x'), 7);
assert.equal(await call(client, 'exists', '/nowhere'), null);
assert.deepEqual((await call(client, 'getChildren', '/n')).sort(), [
  'a',
  'e',
  'es-0000000002',
  's-0000000000',
]);
done('reads and sets');

const data = watcher();
const children = watcher();
const birth = watcher();
await call(client, 'getData', '/n', data.watch);
await call(client, 'getChildren', '/n', children.watch);
await call(client, 'exists', '/n/new', birth.watch);
await call(client, 'setData', '/n', Buffer.from('watched'), -1);
assert.equal(await data.event, 'NODE_DATA_CHANGED /n');
await call(client, 'create', '/n/new');
assert.equal(await birth.event, 'NODE_CREATED /n/new');
assert.equal(await children.event, 'NODE_CHILDREN_CHANGED /n');
const death = watcher();
await call(client, 'exists', '/n/new', death.watch);
await call(client, 'remove', '/n/new', 0);
assert.equal(await death.event, 'NODE_DELETED /n/new');
done('watches');

const transaction = client
  .transaction()
  .check('/n', 2)
  .create('/n/t', Buffer.from('1'), CreateMode.PERSISTENT)
  .setData('/n/t', Buffer.from('2'), 0)
  .remove('/n/s-0000000000', -1);
await promisify(transaction.commit).call(transaction);
assert.equal(String(await call(client, 'getData', '/n/t')), '2');
const failing = client.transaction().create('/n/never').check('/n', 77);
await assert.rejects(promisify(failing.commit).call(failing));
assert.equal(await call(client, 'exists', '/n/never'), null);
done('transacts');

client.addAuthInfo('digest', Buffer.from('dave:secret'));
await call(client, 'create', '/n/own', Buffer.from('mine'), ACL.CREATOR_ALL_ACL);
const [own] = await call(client, 'getACL', '/n/own');
assert.match(own.id.id, /^dave:/);
const other = await start();
await refused(Exception.NO_AUTH, other, 'getData', '/n/own');
await call(client, 'setACL', '/n/own', ACL.READ_ACL_UNSAFE, -1);
// Its server has seen the new rights when it has answered a write.
await refused(Exception.NO_AUTH, other, 'setData', '/n/own', Buffer.from('x'), -1);
assert.equal(String(await call(other, 'getData', '/n/own')), 'mine');
const closed = once(other, 'disconnected');
other.close();
await closed;
done('rights');

const through = watcher();
await call(client, 'getData', '/n', through.watch);
const reconnected = once(client, 'disconnected').then(() => once(client, 'connected'));
process.stdout.write('middle\n');
await once(createInterface({ input: process.stdin }), 'line');
await reconnected;
assert.equal(client.getSessionId().toString('hex'), session);
assert.equal(await through.event, 'NODE_DATA_CHANGED /n');
assert.ok(await call(client, 'exists', '/n/e'));
done('fails over');

const ended = once(client, 'disconnected');
client.close();
await ended;
client = await start();
assert.equal(await call(client, 'exists', '/n/e'), null);
client.close();
done('closes');
process.stdin.destroy();
