import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const MAIN = fileURLToPath(new URL(`./main${EXTENSION}`, import.meta.url));
const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 10_000;

export interface MemberSpec {
  readonly id: number;
  /** The content of the member's configuration file, which is kept in `dataDir`. */
  readonly settings: Readonly<Record<string, unknown>> & { readonly dataDir: string };
  readonly logFile: string;
}

/** One `conclaved` in a process of its own. */
export interface MemberProcess {
  readonly pid: number;
  readonly webPort: number;
  readonly zookeeperPort: number;
  readonly exited: Promise<number | NodeJS.Signals>;
  kill(signal: NodeJS.Signals): void;
  /** Sends SIGTERM and waits; after ten seconds sends SIGKILL. Idempotent. */
  stop(): Promise<void>;
}

interface Listening {
  readonly type: 'listening';
  readonly web: { readonly port: number };
  readonly zookeeper: { readonly port: number };
}

/** Starts a server and resolves when its ports are open. If it fails to start, rejects with the reason in its log. */
export async function startMember(spec: MemberSpec): Promise<MemberProcess> {
  const { settings, logFile } = spec;
  await mkdir(settings.dataDir, { recursive: true });
  await mkdir(dirname(logFile), { recursive: true });
  const configFile = join(settings.dataDir, 'conclaved.json');
  writeFileSync(configFile, `${JSON.stringify(settings, null, 2)}\n`);
  const logDescriptor = openSync(logFile, 'a');
  const child = spawn(process.execPath, [MAIN, '--config', configFile], {
    stdio: ['ignore', logDescriptor, logDescriptor, 'ipc'],
    // An interrupt from the terminal is meant for the shell. The servers are stopped when the shell ends.
    detached: true,
  });
  closeSync(logDescriptor);
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 0));
  });
  const listening = await awaitListening(child, exited);
  if (listening === undefined) {
    child.kill('SIGKILL');
    throw new Error(`server ${spec.id} did not start: ${await lastWords(logFile)}`);
  }
  return {
    pid: child.pid ?? 0,
    webPort: listening.web.port,
    zookeeperPort: listening.zookeeper.port,
    exited,
    kill: (signal) => void child.kill(signal),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      const insist = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await exited;
      clearTimeout(insist);
    },
  };
}

/** The message of the error that the log ends with, or else its last lines. */
async function lastWords(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-5);
  try {
    const message: unknown = JSON.parse(lines.at(-1) ?? '').err?.message;
    if (typeof message === 'string') return `${message}; its log: ${logFile}`;
  } catch {
    // A line that is no JSON comes from Node itself, for example when a module does not load.
  }
  return `the end of ${logFile}:\n${lines.join('\n')}`;
}

async function awaitListening(child: ChildProcess, exited: Promise<unknown>): Promise<Listening | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const reported = new Promise<Listening | undefined>((resolve) => {
    child.on('message', (message) => {
      if (isListening(message)) resolve(message);
    });
    child.once('error', () => resolve(undefined));
    timer = setTimeout(() => resolve(undefined), START_TIMEOUT_MS);
  });
  const result = await Promise.race([reported, exited.then(() => undefined)]);
  clearTimeout(timer);
  return result;
}

function isListening(message: unknown): message is Listening {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'listening';
}
