import type { IncomingMessage, ServerResponse } from 'node:http';
import { OpCode, pathProblem } from '@conclave/protocol';
import type { Registry } from 'prom-client';
import { z } from 'zod';
import type { Replica } from './replica.ts';
import { type StatusContext, serverStatus } from './status.ts';

export interface AdminContext extends StatusContext {
  readonly registry: Registry;
}

const fenceQuery = z.object({
  path: z.string().refine((path) => pathProblem(path) === undefined, 'expected the path of a line'),
  token: z.coerce.number().int().positive(),
});

/**
 * The admin API on the WebSocket port:
 *
 * - `GET /healthz`: 200 while the process runs its event loop.
 * - `GET /readyz`: 200 while requests that need a leader are answered, else 503 with the reason.
 * - `GET /metrics`: Prometheus text.
 * - `GET /v1/status`: JSON, `ServerStatus`.
 * - `GET /v1/fence?path=P&token=T`: whether T is the fencing token of the grant that is current at P, by this
 *   server's state.
 */
export function adminHandler(
  context: AdminContext,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    handle(context, request, response).catch((error: unknown) => {
      if (!response.headersSent)
        json(response, 500, { error: error instanceof Error ? error.message : 'failed' });
      else response.destroy();
    });
  };
}

async function handle(
  context: AdminContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.resume();
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    json(response, 405, { error: 'only GET is known here' });
    return;
  }
  const url = URL.parse(request.url ?? '/', 'http://server');
  switch (url?.pathname) {
    case '/healthz':
      json(response, 200, { status: 'ok' });
      return;
    case '/readyz': {
      const reason = notReady(context.replica);
      json(
        response,
        reason === undefined ? 200 : 503,
        reason === undefined ? { status: 'ready' } : { status: 'not ready', reason },
      );
      return;
    }
    case '/metrics': {
      const body = await context.registry.metrics();
      response.writeHead(200, { 'content-type': context.registry.contentType });
      response.end(body);
      return;
    }
    case '/v1/status':
      json(response, 200, serverStatus(context));
      return;
    case '/v1/fence':
      fence(context.replica, url.searchParams, response);
      return;
    default:
      json(response, 404, {
        error: 'nothing is here',
        known: ['/healthz', '/readyz', '/metrics', '/v1/status', '/v1/fence'],
      });
  }
}

function fence(replica: Replica, parameters: URLSearchParams, response: ServerResponse): void {
  const query = fenceQuery.safeParse(Object.fromEntries(parameters));
  if (!query.success) {
    const problems = query.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    json(response, 400, { error: 'expected path and token', problems });
    return;
  }
  if (!replica.inTouch) {
    json(response, 503, { error: 'this server is not in touch with a leader' });
    return;
  }
  const { path, token } = query.data;
  const { response: holder } = replica.tree.read({ op: OpCode.lineHolder, path, watch: false }, 0);
  const current = holder?.op === OpCode.lineHolder && holder.node !== '' ? holder.token : null;
  json(response, 200, { path, token, valid: current === token, current });
}

function notReady(replica: Replica): string | undefined {
  if (replica.failure !== undefined) return `storage: ${replica.failure.code}`;
  if (!replica.serving) return `no leader: ${replica.status.role}, ${replica.status.phase}`;
  return undefined;
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(`${JSON.stringify(body, null, 2)}\n`);
}
