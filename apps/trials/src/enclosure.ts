import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { mountMissing } from '@conclave/testkit';
import { runCommand } from './command.ts';

/**
 * The trials run in namespaces of their own: network, mounts and processes. Whatever they lay there, and whatever
 * they start, is gone with them, however they end; the machine's own network is not touched.
 */
const ENCLOSED = 'CONCLAVE_TRIALS_ENCLOSED';
const PROGRAM = fileURLToPath(new URL('./main.ts', import.meta.url));

/** `ip netns` keeps its names below `/run`: here on a file system of the enclosure's own. */
const LAY_RUN = 'mount -t tmpfs tmpfs /run && mkdir /run/netns && ip link set lo up';
const PROBE = `${LAY_RUN} && ip netns add probe0 && ip link add probe1 type bridge && ip link add probe2 type veth peer name probe3 netns probe0`;
const SPACES = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
const PROBE_FILTER = 'nft add table inet probe';

/** What a fault may need of the machine. */
export type Means = 'namespaces' | 'shaping' | 'mounts';

/** Why the machine does not have it, or undefined if it has. */
export type MissingMeans = Readonly<Record<Means, string | undefined>>;

export function isEnclosed(): boolean {
  return process.env[ENCLOSED] !== undefined;
}

/** How to get into an enclosure on this machine, or why there can be none. */
export type Entrance =
  | { readonly possible: true; readonly flags: readonly string[] }
  | { readonly possible: false; readonly reason: string };

/** By the rights that this process has, or by those that a user namespace gives inside. */
export async function findEntrance(): Promise<Entrance> {
  let reason = '';
  for (const flags of [SPACES, ['--map-root-user', ...SPACES]]) {
    try {
      await runCommand('unshare', [...flags, 'sh', '-c', `${PROBE} && ${PROBE_FILTER}`]);
      return { possible: true, flags };
    } catch (error) {
      reason = `no namespaces of its own: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return { possible: false, reason };
}

/** Runs this program again, or another, in an enclosure to its end. Resolves to its exit code. */
export function runEnclosed(
  flags: readonly string[],
  argv: readonly string[],
  signal: AbortSignal,
  program = PROGRAM,
): Promise<number> {
  const inside = ['sh', '-c', `${LAY_RUN} && exec "$0" "$@"`, process.execPath, program, ...argv];
  // The channel tells the inner program when this one is gone; signals do not reach into another process namespace.
  const child = spawn('unshare', [...flags, ...inside], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [ENCLOSED]: '1' },
  });
  const leave = (): void => {
    if (child.connected) child.disconnect();
  };
  signal.addEventListener('abort', leave, { once: true });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      signal.removeEventListener('abort', leave);
      resolve(code ?? 1);
    });
  });
}

/** To be asked inside. */
export async function missingMeans(notEnclosed: string | undefined): Promise<MissingMeans> {
  if (notEnclosed !== undefined) {
    return { namespaces: notEnclosed, shaping: notEnclosed, mounts: await mountMissing() };
  }
  return { namespaces: undefined, shaping: await shapingMissing(), mounts: await mountMissing() };
}

async function shapingMissing(): Promise<string | undefined> {
  try {
    await runCommand('ip', ['link', 'add', 'probe0', 'type', 'bridge']);
    await runCommand('tc', [
      'qdisc',
      'add',
      'dev',
      'probe0',
      'root',
      ...'tbf rate 1mbit burst 16kb latency 1s'.split(' '),
    ]);
    return undefined;
  } catch (error) {
    return `no slow links: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    await runCommand('ip', ['link', 'delete', 'probe0']).catch(() => {});
  }
}
