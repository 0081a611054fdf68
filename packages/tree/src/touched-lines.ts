import { EventType, type Zxid } from '@conclave/protocol';
import type { Change } from './change.ts';
import { Contender, Line } from './line.ts';
import type { Grant } from './txn.ts';
import type { Znode } from './znode.ts';

/** The lines that a contender joined or left in one transaction, and the consequences at its end. */
export class TouchedLines {
  #lines: Line<Znode>[] = [];

  /** Puts a new node at the end of the line of its parent. The number in its name begins at `numberAt`. */
  join(node: Znode, numberAt: number, parent: Znode, zxid: Zxid): void {
    parent.line ??= new Line(parent, zxid);
    this.#touch(parent.line);
    stand(node, numberAt, parent.line);
  }

  /** Takes a node that is being removed out of its line. */
  leave(node: Znode, parent: Znode): void {
    if (node.contender === undefined || parent.line === undefined) return;
    this.#touch(parent.line);
    parent.line.remove(node.contender);
    node.contender = undefined;
  }

  /**
   * Compares the heads of all lines with those before the transaction. A contender that joined and left within it, or
   * that was removed with its session, is in neither. So no session is granted what it cannot hold, and one departure
   * makes one grant.
   * Returns the path of a line with a size and a head that contradict each other.
   */
  settle(zxid: Zxid, changes: Change[], grants: Grant[]): string | undefined {
    if (this.#lines.length === 0) return undefined;
    let headless: string | undefined;
    for (const line of this.#lines) {
      const { head, headBefore, parent } = line;
      line.touched = false;
      line.headBefore = undefined;
      if ((head === undefined) !== (line.size === 0)) headless ??= parent.path;
      if (line.size === 0 && parent.line === line) parent.line = undefined;
      if (head === headBefore) continue;
      line.headSince = zxid;
      changes.push({ type: EventType.holderChanged, path: parent.path, acl: parent.acl });
      if (head === undefined || !head.joined || head.node.czxid === zxid) continue;
      const { owner, path, czxid } = head.node;
      grants.push({ sessionId: owner, node: path, path: parent.path, token: czxid });
    }
    this.#lines = [];
    return headless;
  }

  #touch(line: Line<Znode>): void {
    if (line.touched) return;
    line.touched = true;
    line.headBefore = line.head;
    this.#lines.push(line);
  }
}

export function stand(node: Znode, numberAt: number, line: Line<Znode>): void {
  node.contender = new Contender(node, numberAt);
  line.add(node.contender);
}
