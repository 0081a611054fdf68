import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { firstPortInUse } from './port-in-use.ts';

test('a port is in use for as long as something listens on it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  expect(await firstPortInUse([1, port])).toBe(port);
  server.close();
  await once(server, 'close');
  expect(await firstPortInUse([1, port])).toBeUndefined();
});
