import {
  type Acl,
  CreateFlag,
  ErrorNumber,
  OPEN_ACL,
  OpCode,
  Permission,
  ProtocolVersion,
} from '@conclave/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../src/clients/connection-identity.ts';
import type { MemoryClient } from './support/memory-client.ts';
import { MemoryServer } from './support/memory-server.ts';

const ANNA_ONLY: readonly Acl[] = [
  { permissions: Permission.all, scheme: 'digest', id: digestOf('anna:secret') },
];
const data = new TextEncoder().encode('x');

let server: MemoryServer;
beforeEach(async () => {
  server = await MemoryServer.start({ superDigest: digestOf('super:secret') });
});
afterEach(() => server.close());

const auth = (client: MemoryClient, password: string, scheme = 'digest') =>
  client.request({ op: OpCode.auth, scheme, auth: new TextEncoder().encode(password) });
const create = (client: MemoryClient, path: string, acl = OPEN_ACL) =>
  client.request({ op: OpCode.create, path, data, acl, flags: CreateFlag.persistent });
const get = (client: MemoryClient, path: string, watch = false) =>
  client.request({ op: OpCode.getData, path, watch });
const set = (client: MemoryClient, path: string) =>
  client.request({ op: OpCode.setData, path, data, version: -1 });

const OK = { error: ErrorNumber.OK };
const NO_AUTH = { error: ErrorNumber.NO_AUTH };

describe.each([
  ['ZooKeeper', ProtocolVersion.zookeeper],
  ['native', ProtocolVersion.native],
] as const)('on a %s session', (_kind, protocolVersion) => {
  test('reads and writes have the rights of the identities that the connection has shown', async () => {
    const anna = await server.connect({ protocolVersion });
    const other = await server.connect({ protocolVersion });
    expect(await auth(anna, 'anna:secret')).toMatchObject({ error: 0, zxid: 0 });
    expect(await create(anna, '/anna', ANNA_ONLY)).toMatchObject(OK);
    for (const request of [get, set]) {
      expect(await request(anna, '/anna')).toMatchObject(OK);
      expect(await request(other, '/anna')).toMatchObject(NO_AUTH);
    }
    expect(await auth(other, 'anna:wrong')).toMatchObject(OK);
    expect(await get(other, '/anna')).toMatchObject(NO_AUTH);
    expect(await auth(other, 'super:secret')).toMatchObject(OK);
    expect(await set(other, '/anna')).toMatchObject(OK);
  });

  test('a credential counts for requests sent right after it, before it is answered', async () => {
    const anna = await server.connect({ protocolVersion });
    const acl = [{ permissions: Permission.all, scheme: 'auth', id: '' }];
    const secret = new TextEncoder().encode('anna:secret');
    anna.sendRequest({ op: OpCode.create, path: '/before', data, acl, flags: CreateFlag.persistent });
    anna.sendRequest({ op: OpCode.auth, scheme: 'digest', auth: secret });
    anna.sendRequest({ op: OpCode.create, path: '/anna', data, acl, flags: CreateFlag.persistent });
    anna.sendRequest({ op: OpCode.getACL, path: '/anna' });
    expect(await anna.replyHeader()).toMatchObject({ error: ErrorNumber.INVALID_ACL });
    expect(await anna.replyHeader()).toMatchObject({ xid: -4, error: ErrorNumber.OK });
    expect(await anna.replyHeader()).toMatchObject(OK);
    expect(await anna.reply(OpCode.getACL)).toMatchObject({ response: { acl: ANNA_ONLY } });
  });

  test('a scheme that proves nothing is answered with AUTH_FAILED and ends the connection', async () => {
    const client = await server.connect({ protocolVersion });
    client.sendRequest({ op: OpCode.sync, path: '/' }, { xid: 1 });
    client.sendRequest({ op: OpCode.auth, scheme: 'world', auth: data });
    client.sendRequest({ op: OpCode.sync, path: '/' }, { xid: 2 });
    expect(await client.reply(OpCode.sync)).toMatchObject({ xid: 1, error: 0 });
    expect(await client.replyHeader()).toMatchObject({ xid: -4, error: ErrorNumber.AUTH_FAILED });
    await client.closed();
    await expect(client.replyHeader()).rejects.toThrow('the stream has ended');
  });

  test('whoAmI lists the address and the users without hashes', async () => {
    const client = await server.connect({ protocolVersion }, '::ffff:10.0.0.9');
    await auth(client, 'anna:secret');
    expect(await client.request({ op: OpCode.whoAmI })).toMatchObject({
      response: {
        identities: [
          { scheme: 'ip', id: '10.0.0.9' },
          { scheme: 'digest', id: 'anna' },
        ],
      },
    });
  });
});

test("an ACL can name a client's address", async () => {
  const here = await server.connect({}, '10.1.2.3');
  const there = await server.connect({}, '10.2.2.3');
  const acl = [{ permissions: Permission.all, scheme: 'ip', id: '10.1.0.0/16' }];
  expect(await create(here, '/here', acl)).toMatchObject(OK);
  for (const request of [get, set]) {
    expect(await request(here, '/here')).toMatchObject(OK);
    expect(await request(there, '/here')).toMatchObject(NO_AUTH);
  }
});

test('a connection gets no event of a node that it may not read', async () => {
  const anna = await server.connect();
  const other = await server.connect();
  await auth(anna, 'anna:secret');
  for (const client of [anna, other]) {
    await client.request({ op: OpCode.addWatch, path: '/anna', mode: 0 });
    await client.request({ op: OpCode.exists, path: '/open', watch: true });
  }
  await create(anna, '/anna', ANNA_ONLY);
  await set(anna, '/anna');
  await anna.request({ op: OpCode.delete, path: '/anna', version: -1 });
  await create(anna, '/open');
  for (const client of [anna, other]) await client.request({ op: OpCode.sync, path: '/' });
  expect(anna.events.map(({ path }) => path)).toEqual(['/anna', '/anna', '/anna', '/open']);
  expect(other.events.map(({ path }) => path)).toEqual(['/open']);
});

test('a new connection of the same session has shown no identity yet', async () => {
  const first = server.dial();
  const { sessionId, password } = await first.connect();
  await auth(first, 'anna:secret');
  await create(first, '/anna', ANNA_ONLY);
  const second = await server.connect({ sessionId, password });
  expect(await get(second, '/anna')).toMatchObject(NO_AUTH);
});

test('SASL and reconfig are refused as by a ZooKeeper without them', async () => {
  const client = await server.connect();
  expect(await client.request({ op: OpCode.sasl, token: data })).toMatchObject({
    error: 0,
    response: { token: null },
  });
  const members = { joiningServers: '', leavingServers: '', newMembers: '', currentConfig: -1 };
  expect(await client.request({ op: OpCode.reconfig, ...members })).toMatchObject({
    error: ErrorNumber.RECONFIG_DISABLED,
  });
});
