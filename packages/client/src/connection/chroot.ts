import {
  CONFIG_PATH,
  type MultiOperation,
  OpCode,
  type Request,
  type Response,
  type SetNativeWatchesRequest,
  type SetWatches2Request,
  type SetWatchesRequest,
  type UnguardedWrite,
} from '@conclave/protocol';

/**
 * Translates paths between the client and the servers. It adds the chroot to the paths of requests as they leave, and
 * takes it off the paths of answers as they come.
 */
export class Chroot {
  readonly #prefix: string;

  /** `path` is a valid path; `/` for no chroot. */
  constructor(path: string) {
    this.#prefix = path === '/' ? '' : path;
  }

  add(path: string): string {
    // The configuration of the ensemble has the same path with every chroot, as for ZooKeeper's clients.
    if (this.#prefix === '' || path === CONFIG_PATH) return path;
    return path === '/' ? this.#prefix : this.#prefix + path;
  }

  strip(path: string): string {
    if (this.#prefix === '' || !this.#holds(path)) return path;
    return path === this.#prefix ? '/' : path.slice(this.#prefix.length);
  }

  addToRequest(request: Request): Request {
    if (this.#prefix === '') return request;
    switch (request.op) {
      case OpCode.guarded:
        return { ...request, path: this.add(request.path), write: this.#addToWrite(request.write) };
      case OpCode.multi:
        return this.#addToWrite(request);
      case OpCode.setWatches:
        return { ...request, ...this.#addToLists(request) };
      case OpCode.setWatches2:
        return { ...request, ...this.#addToLists(request), ...this.#addToPersistent(request) };
      case OpCode.setNativeWatches: {
        const holder = request.holder.map((path) => this.add(path));
        return { ...request, ...this.#addToLists(request), ...this.#addToPersistent(request), holder };
      }
      case OpCode.multiRead: {
        const operations = request.operations.map((operation) => ({
          ...operation,
          path: this.add(operation.path),
        }));
        return { ...request, operations };
      }
      case OpCode.auth:
      case OpCode.sasl:
      case OpCode.whoAmI:
      case OpCode.reconfig:
      case OpCode.ping:
      case OpCode.closeSession:
        return request;
      default:
        return { ...request, path: this.add(request.path) };
    }
  }

  stripFromResponse(response: Response): Response {
    if (this.#prefix === '') return response;
    switch (response.op) {
      case OpCode.create:
      case OpCode.create2:
      case OpCode.createContainer:
      case OpCode.createTTL:
      case OpCode.sync:
        return { ...response, path: this.strip(response.path) };
      case OpCode.lineJoin:
      case OpCode.lineStatus:
      case OpCode.lineHolder:
        return { ...response, node: this.strip(response.node) };
      case OpCode.getEphemerals:
        // The request asks for a prefix of the text, which the paths of a neighbour of the chroot may share.
        return {
          ...response,
          ephemerals: response.ephemerals.flatMap((path) => (this.#holds(path) ? this.strip(path) : [])),
        };
      case OpCode.multi:
        return {
          ...response,
          results: response.results.map((result) =>
            result.op === OpCode.create || result.op === OpCode.create2
              ? { ...result, path: this.strip(result.path) }
              : result,
          ),
        };
      default:
        return response;
    }
  }

  #holds(path: string): boolean {
    return path === this.#prefix || path.startsWith(`${this.#prefix}/`);
  }

  #addToLists(lists: SetWatchesRequest | SetWatches2Request | SetNativeWatchesRequest) {
    const add = (path: string) => this.add(path);
    return { data: lists.data.map(add), exist: lists.exist.map(add), child: lists.child.map(add) };
  }

  #addToPersistent({ persistent, persistentRecursive }: SetWatches2Request | SetNativeWatchesRequest) {
    const add = (path: string) => this.add(path);
    return { persistent: persistent.map(add), persistentRecursive: persistentRecursive.map(add) };
  }

  #addToWrite(write: UnguardedWrite): UnguardedWrite {
    if (write.op !== OpCode.multi) return { ...write, path: this.add(write.path) };
    const operations = write.operations.map(
      (operation): MultiOperation => ({ ...operation, path: this.add(operation.path) }),
    );
    return { ...write, operations };
  }
}
