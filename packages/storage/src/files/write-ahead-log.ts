import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/** The frames in a write-ahead log that belong to its current run, whole or not. */
export interface FrameRun {
  readonly frames: number;
  /** Bytes of an incomplete frame after them. */
  readonly partialBytes: number;
  readonly frameBytes: number;
}

/**
 * Counts the frames of SQLite's write-ahead log (https://www.sqlite.org/fileformat2.html#walformat) that carry the
 * salts of its header, committed or not. It must be called before SQLite opens the database. SQLite silently drops the
 * frames after the last commit, and the difference shows how many it dropped.
 */
export function countFrames(file: string): FrameRun {
  const none: FrameRun = { frames: 0, partialBytes: 0, frameBytes: 0 };
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return none;
    throw error;
  }
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    if (readSync(fd, header, 0, HEADER_BYTES, 0) !== HEADER_BYTES) return none;
    const frameBytes = FRAME_HEADER_BYTES + header.readUInt32BE(8);
    const fileBytes = fstatSync(fd).size;
    const frame = Buffer.alloc(FRAME_HEADER_BYTES);
    let frames = 0;
    let at = HEADER_BYTES;
    for (; at + FRAME_HEADER_BYTES <= fileBytes; at += frameBytes) {
      if (readSync(fd, frame, 0, FRAME_HEADER_BYTES, at) !== FRAME_HEADER_BYTES) break;
      if (frame.compare(header, 16, 24, 8, 16) !== 0) break;
      if (at + frameBytes > fileBytes) return { frames, partialBytes: fileBytes - at, frameBytes };
      frames++;
    }
    const partialBytes = at < fileBytes && at + FRAME_HEADER_BYTES > fileBytes ? fileBytes - at : 0;
    return { frames, partialBytes, frameBytes };
  } finally {
    closeSync(fd);
  }
}
