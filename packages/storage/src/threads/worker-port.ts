import { type MessagePort, parentPort } from 'node:worker_threads';
import { toErrorData } from './error-transport.ts';
import type { ReplyMessage } from './worker-messages.ts';

/** The port from a thread to its owner. */
export function ownerPort(): MessagePort {
  if (parentPort === null) throw new Error('this module runs as a worker thread only');
  return parentPort;
}

/** Answers request `id` with what `run` returns, or with what it throws. Byte arrays in the reply are moved. */
export function reply(port: MessagePort, id: number, run: () => unknown): void {
  let message: ReplyMessage;
  try {
    message = { type: 'reply', id, value: run() };
  } catch (error) {
    message = { type: 'error', id, error: toErrorData(error) };
  }
  port.postMessage(message, message.type === 'reply' ? buffersOf(message.value) : []);
}

/** Returns the buffers of the byte arrays that use a whole buffer. */
function buffersOf(value: unknown): ArrayBuffer[] {
  const arrays = Array.isArray(value) ? value : [value];
  return arrays.flatMap((array) =>
    array instanceof Uint8Array &&
    array.buffer instanceof ArrayBuffer &&
    array.byteLength === array.buffer.byteLength
      ? [array.buffer]
      : [],
  );
}
