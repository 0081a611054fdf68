/** The markers before the number in a contender's name: Curator's lock, Curator's leader latch, kazoo's lock. */
const MARKERS = ['lock-', 'latch-', '__lock__'] as const;

const SHORTEST = 15;

/**
 * Returns where the sequence number begins in `name`, or -1 if it is not the name of a contender. A number has ten
 * digits. After an overflow of ZooKeeper's counter it has a minus sign and nine or ten digits.
 */
export function contenderNumberAt(name: string): number {
  const length = name.length;
  if (length < SHORTEST) return -1;
  for (let i = length - 9; i < length; i++) if (!isDigit(name.charCodeAt(i))) return -1;
  const tenth = name.charCodeAt(length - 10);
  if (tenth !== MINUS && !isDigit(tenth)) return -1;
  if (endsWithMarker(name, length - 10)) return length - 10;
  if (isDigit(tenth) && name.charCodeAt(length - 11) === MINUS && endsWithMarker(name, length - 11)) {
    return length - 11;
  }
  return -1;
}

/** Whether a sequential node with this prefix is a contender. */
export function isContenderPrefix(prefix: string): boolean {
  return endsWithMarker(prefix, prefix.length);
}

/** Formats a number as ZooKeeper appends it to the path of a sequential node: Java's `%010d`. */
export function formatSequence(number: number): string {
  return number >= 0 ? String(number).padStart(10, '0') : `-${String(-number).padStart(9, '0')}`;
}

const MINUS = 0x2d;

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

function endsWithMarker(name: string, end: number): boolean {
  for (const marker of MARKERS) if (name.endsWith(marker, end)) return true;
  return false;
}
