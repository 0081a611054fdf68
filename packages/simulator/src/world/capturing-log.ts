import type { Logger } from 'pino';
import type { World } from './world.ts';

/** Returns a logger that writes a server's log lines into the trace. */
export function capturingLog(world: World, machine: string): Logger {
  const log = (level: string) => (fields: unknown, text?: string) => {
    if (!world.trace.isRecorded) return;
    const line = typeof fields === 'string' ? fields : `${text ?? ''} ${describe(fields)}`;
    world.trace.record(world.nowMs, machine, `${level}: ${line}`);
  };
  const silent = (): void => {};
  const logger = {
    child: () => logger,
    trace: silent,
    debug: silent,
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    fatal: log('fatal'),
  };
  // The server uses no other methods of pino's interface.
  return logger as unknown as Logger;
}

function describe(fields: unknown): string {
  if (typeof fields !== 'object' || fields === null) return '';
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value instanceof Error ? value.message : JSON.stringify(value)}`)
    .join(' ');
}
