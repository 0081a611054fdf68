import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { WEBSOCKET_SUBPROTOCOL } from '@conclave/protocol';
import { type ServerOptions, WebSocketServer } from 'ws';
import type { ClientHub } from '../clients/client-hub.ts';
import { ignore } from '../environment/byte-stream.ts';
import type { Address, Listener } from '../environment/environment.ts';
import { listen } from '../environment/listen.ts';
import { WebSocketStream } from '../environment/websocket-stream.ts';

/** A message may hold any number of frames. This bounds how much of one message is gathered before it is read. */
const MESSAGE_BYTES_OVER_FRAME = 1024 * 1024;
const CONNECTIONS_MAX = 20_000;
/** How long the server waits for a client's answer when it closes a WebSocket. */
const CLOSE_TIMEOUT_MS = 1_000;

/**
 * The native door: WebSocket with subprotocol `conclave.v1`, whose binary messages are a stream of the same
 * frames as on TCP. Every other request on the port goes to the admin API.
 */
export async function openWebDoor(
  address: Address,
  hub: ClientHub,
  admin: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Listener> {
  const { handshakeTimeoutMs } = hub.limits;
  const http = createServer(
    {
      keepAliveTimeout: 5_000,
      headersTimeout: handshakeTimeoutMs,
      requestTimeout: 3 * handshakeTimeoutMs,
      connectionsCheckingInterval: Math.ceil(handshakeTimeoutMs / 4),
    },
    admin,
  );
  http.maxConnections = CONNECTIONS_MAX;
  const options: ServerOptions & { readonly closeTimeout: number } = {
    noServer: true,
    closeTimeout: CLOSE_TIMEOUT_MS,
    perMessageDeflate: false,
    maxPayload: hub.limits.frameBytesMax + MESSAGE_BYTES_OVER_FRAME,
    skipUTF8Validation: true,
    handleProtocols: (offered) => (offered.has(WEBSOCKET_SUBPROTOCOL) ? WEBSOCKET_SUBPROTOCOL : false),
  };
  const sockets = new WebSocketServer(options);
  http.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', ignore);
    if (!offersSubprotocol(request)) {
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    socket.setNoDelay(true);
    sockets.handleUpgrade(request, socket, head, (ws) => {
      hub.accept(new WebSocketStream(ws, socket));
    });
  });
  return listen(http, address, () => {
    for (const ws of sockets.clients) ws.terminate();
    http.closeAllConnections();
  });
}

function offersSubprotocol(request: IncomingMessage): boolean {
  const offered = request.headers['sec-websocket-protocol'] ?? '';
  return offered.split(',').some((name) => name.trim() === WEBSOCKET_SUBPROTOCOL);
}
