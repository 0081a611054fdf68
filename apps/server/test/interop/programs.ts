import { fileURLToPath } from 'node:url';
import { LineProcess } from '../support/line-process.ts';
import { PYTHON, ZKCLI } from './peers.ts';

/** Starts a Python script of this folder. */
export function startPython(script: string, ...args: readonly string[]): LineProcess {
  const file = fileURLToPath(new URL(`./${script}`, import.meta.url));
  return new LineProcess(PYTHON, [file, ...args], { PYTHONDONTWRITEBYTECODE: '1' });
}

/** Starts ZooKeeper's shell with a connection string, as all of ZooKeeper's clients have one. */
export async function startZkcli(connectString: string, timeoutMs: number): Promise<LineProcess> {
  const options = ['-waitforconnection', '-timeout', String(timeoutMs), '-server', connectString];
  const shell = new LineProcess(ZKCLI, options);
  try {
    await shell.sees(/state:SyncConnected type:None path:null/);
  } catch (error) {
    await shell[Symbol.asyncDispose]();
    throw error;
  }
  return shell;
}
