import { EventType, type Zxid } from '@conclave/protocol';
import type { Change } from './change.ts';
import { Contender, Line } from './line.ts';
import type { Grant } from './txn.ts';
import type { Znode } from './znode.ts';

/** The lines in which somebody came or went in one transaction, and what follows from it at its end. */
export class TouchedLines {
  #lines: Line<Znode>[] = [];

  /** `node`, whose name has its number at `numberAt`, is new at the end of the line of its parent. */
  join(node: Znode, numberAt: number, parent: Znode, zxid: Zxid): void {
    parent.line ??= new Line(parent, zxid);
    this.#touch(parent.line);
    stand(node, numberAt, parent.line);
  }

  /** `node` goes. */
  leave(node: Znode, parent: Znode): void {
    if (node.contender === undefined || parent.line === undefined) return;
    this.#touch(parent.line);
    parent.line.remove(node.contender);
    node.contender = undefined;
  }

  /**
   * Compares the heads of all lines with those before the transaction. Whoever came and went within it, or died
   * with its session, is in neither: so nobody is granted what he cannot hold, and one departure makes one grant.
   * Returns the path of a line whose size and head contradict each other.
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
