import { CuttingProxy, type Ensemble } from '@conclave/testkit';

/** A proxy before each server of an ensemble, in their order, for clients that are to lose their servers. */
export class Proxies implements AsyncDisposable {
  readonly each: readonly CuttingProxy[];

  static async before({ members }: Ensemble): Promise<Proxies> {
    return new Proxies(await Promise.all(members.map(({ tcpPort }) => CuttingProxy.listen(tcpPort))));
  }

  private constructor(each: readonly CuttingProxy[]) {
    this.each = each;
  }

  /** The way through them, as ZooKeeper's own clients are told of servers. */
  get connectString(): string {
    return this.each.map(({ port }) => `127.0.0.1:${port}`).join(',');
  }

  /** Nobody is connected any more, nor can be, until `admit`. */
  cutOff(): void {
    for (const proxy of this.each) proxy.refusing = true;
    for (const proxy of this.each) proxy.cut();
  }

  /** Connections are taken again, but for those to one of the servers. */
  admit(except?: CuttingProxy): void {
    for (const proxy of this.each) proxy.refusing = proxy === except;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const proxy of this.each) await proxy[Symbol.asyncDispose]();
  }
}
