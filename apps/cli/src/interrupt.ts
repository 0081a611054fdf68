import { constants } from 'node:os';
import { ExitCode } from './exit-code.ts';

/** A signal asked the program to stop. */
export class Interrupt extends Error {
  override readonly name = 'Interrupt';
  readonly signalName: NodeJS.Signals;

  constructor(signalName: NodeJS.Signals) {
    super('interrupted');
    this.signalName = signalName;
  }
}

/** The exit code of a process that a signal has ended. */
export function exitCodeOfSignal(signalName: NodeJS.Signals): number {
  return ExitCode.signal + constants.signals[signalName];
}
