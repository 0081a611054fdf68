import type { IncomingMessage, ServerResponse } from 'node:http';
import { OpCode, pathProblem } from '@conclave/protocol';
import { SUPER_CREDENTIALS } from '@conclave/tree';
import type { Registry } from 'prom-client';
import { z } from 'zod';
import type { Replica } from '../replica/replica.ts';
import { jsonText } from './json-text.ts';
import type { MonitorContext } from './monitor-context.ts';
import { serverStatus } from './status.ts';
import { sendText } from './text-stream.ts';
import { runZookeeperCommand, ZOOKEEPER_COMMANDS } from './zookeeper-commands.ts';

/** A client that reads nothing of its answer for this long is cut off. */
const STALLED_MS = 10_000;

const fenceQuery = z.object({
  path: z.string().refine((path) => pathProblem(path) === undefined, 'expected the path of a line'),
  token: z.coerce.number().int().positive(),
});

/**
 * The admin API, on the WebSocket port and on a port of its own:
 *
 * - `GET /healthz`: 200 while the event loop runs.
 * - `GET /readyz`: 200 while the server answers requests that need a leader, else 503 with the reason.
 * - `GET /metrics`: Prometheus text.
 * - `GET /v1/status`: JSON, `ServerStatus`.
 * - `GET /v1/fence?path=P&token=T`: whether T is the fencing token of the current grant at P, in this server's state.
 * - below `commandsPath`: the commands of ZooKeeper's admin server.
 */
export function httpApi(
  context: MonitorContext,
  registry: Registry,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    handle(context, registry, request, response).catch((error: unknown) => {
      if (!response.headersSent)
        json(response, 500, { error: error instanceof Error ? error.message : 'failed' });
      else response.destroy();
    });
  };
}

async function handle(
  context: MonitorContext,
  registry: Registry,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.resume();
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    json(response, 405, { error: 'only GET and HEAD are allowed' });
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
      const body = await registry.metrics();
      response.writeHead(200, { 'content-type': registry.contentType });
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
      if (!isCommand(context, url?.pathname)) {
        const { commandsPath } = context.config;
        const known = ['/healthz', '/readyz', '/metrics', '/v1/status', '/v1/fence'];
        if (commandsPath !== '') known.push(commandsPath);
        json(response, 404, { error: 'no such path', known });
        return;
      }
      await command(context, url?.pathname ?? '', response);
  }
}

function isCommand({ config }: MonitorContext, path = ''): boolean {
  const { commandsPath } = config;
  return commandsPath !== '' && (path === commandsPath || path.startsWith(`${commandsPath}/`));
}

/** One of ZooKeeper's admin commands, or the list of them. */
async function command(context: MonitorContext, path: string, response: ServerResponse): Promise<void> {
  const { commandsPath } = context.config;
  const name = path.slice(commandsPath.length + 1);
  if (name === '') {
    const links = ZOOKEEPER_COMMANDS.map(
      (known) => `<a href="${commandsPath}/${known}">${known}</a>\n<br/>\n`,
    );
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(links.join(''));
    return;
  }
  const answer = await runZookeeperCommand(name, context);
  response.writeHead(200, { 'content-type': 'application/json' });
  await sendText(response, jsonText(answer), STALLED_MS);
}

function fence(replica: Replica, parameters: URLSearchParams, response: ServerResponse): void {
  const query = fenceQuery.safeParse(Object.fromEntries(parameters));
  if (!query.success) {
    const problems = query.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    json(response, 400, { error: 'expected the parameters path and token', problems });
    return;
  }
  if (!replica.inTouch) {
    json(response, 503, { error: 'this server is not in touch with a leader' });
    return;
  }
  const { path, token } = query.data;
  const asker = { sessionId: 0, credentials: SUPER_CREDENTIALS };
  const { response: holder } = replica.tree.read({ op: OpCode.lineHolder, path, watch: false }, asker);
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
