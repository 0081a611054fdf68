import { type ConclaveErrorCode, isConclaveError } from '@conclave/client';
import { ExitCode } from './exit-code.ts';
import { exitCodeOfSignal, Interrupt } from './interrupt.ts';
import type { JsonValue } from './json.ts';
import { UsageError } from './usage-error.ts';

/** How an error is reported, and the exit code of a program that ends because of it. */
export interface Failure {
  readonly text: string;
  readonly json: JsonValue;
  readonly exitCode: number;
}

/** Rethrows an error that is none of the ordinary ones, because a bug should look like a bug. */
export function failureOf(error: unknown): Failure {
  if (error instanceof UsageError) {
    return { text: error.message, json: { code: 'USAGE', message: error.message }, exitCode: ExitCode.usage };
  }
  if (error instanceof Interrupt) {
    return {
      text: error.message,
      json: { code: 'INTERRUPTED', message: error.message },
      exitCode: exitCodeOfSignal(error.signalName),
    };
  }
  if (isConclaveError(error)) {
    const { code, message, path = null } = error;
    return { text: `${message} (${code})`, json: { code, message, path }, exitCode: exitCodeOf(code) };
  }
  throw error;
}

function exitCodeOf(code: ConclaveErrorCode): number {
  switch (code) {
    case 'CONNECTION_LOST':
    case 'SESSION_EXPIRED':
    case 'CLOSED':
    case 'TIMEOUT':
      return ExitCode.unavailable;
    case 'OUTCOME_UNKNOWN':
      return ExitCode.outcomeUnknown;
    case 'INVALID_PATH':
    case 'INVALID_ARGUMENT':
      return ExitCode.usage;
    default:
      return ExitCode.refused;
  }
}
