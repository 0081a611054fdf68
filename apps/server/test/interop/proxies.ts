import { CuttingProxy, type Ensemble } from '@conclave/testkit';

/** A proxy in front of each server of an ensemble, for clients that must lose their connections. */
export class Proxies implements AsyncDisposable {
  readonly each: readonly CuttingProxy[];

  static async before({ members }: Ensemble): Promise<Proxies> {
    return new Proxies(await Promise.all(members.map(({ tcpPort }) => CuttingProxy.listen(tcpPort))));
  }

  private constructor(each: readonly CuttingProxy[]) {
    this.each = each;
  }

  /** The addresses of the proxies as a connection string for ZooKeeper's clients. */
  get connectString(): string {
    return this.each.map(({ port }) => `127.0.0.1:${port}`).join(',');
  }

  /** Cuts all connections and refuses new ones until `admit`. */
  cutOff(): void {
    for (const proxy of this.each) proxy.refusing = true;
    for (const proxy of this.each) proxy.cut();
  }

  /** Accepts connections again, except to one of the servers. */
  admit(except?: CuttingProxy): void {
    for (const proxy of this.each) proxy.refusing = proxy === except;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const proxy of this.each) await proxy[Symbol.asyncDispose]();
  }
}
