import { describe, expect, test } from 'vitest';
import type { ChangeEvent, Client, WatchEvent } from '../src/index.ts';
import type { CoreStage } from './core-stage.ts';

/** Tests of watches. */
export function watchTests(core: CoreStage): void {
  describe('watches', () => {
    test.each<[string, (c: Client, path: string) => Promise<unknown>, 'exists' | 'get' | 'children', string]>(
      [
        ['created', (c, path) => c.create(`${path}/a`), 'exists', '/a'],
        ['dataChanged', (c, path) => c.set(path, 'x'), 'get', ''],
        ['dataChanged', (c, path) => c.set(path, 'x'), 'exists', ''],
        ['deleted', (c, path) => c.delete(path), 'get', ''],
        ['deleted', (c, path) => c.delete(path), 'children', ''],
        ['childrenChanged', (c, path) => c.create(`${path}/a`), 'children', ''],
      ],
    )('a one-shot watch reports %s once', async (type, change, read, suffix) => {
      const { client, other, root } = core;
      const path = root + suffix;
      const events: WatchEvent[] = [];
      const fired = new Promise<void>((resolve) => {
        const watch = (event: WatchEvent) => {
          events.push(event);
          resolve();
        };
        void Promise.resolve(client[read](path, { watch })).then(() => change(other, root));
      });
      await fired;
      await other.create(`${root}-more`);
      await client.sync();
      expect(events).toMatchObject([{ type, path }]);
    });

    test('a watch fires before the result of a read that shows the change', async () => {
      const { client, other, root } = core;
      const order: string[] = [];
      await client.get(root, { watch: () => order.push('event') });
      await other.set(root, 'x');
      await client.get(root).then(() => order.push('read'));
      expect(order).toEqual(['event', 'read']);
    });

    test('a watch follows a node through its creation, changes and deletion', async () => {
      const { client, other, root } = core;
      const path = `${root}/a`;
      const watch = client.watch(path);
      await client.sync();
      const changes: (() => Promise<unknown>)[] = [
        () => other.create(path),
        () => other.set(path, '1'),
        () => other.delete(path),
        () => other.create(path),
      ];
      const seen: (ChangeEvent['type'] | undefined)[] = [];
      for (const change of changes) {
        const next = watch.next();
        await change();
        seen.push((await next).value?.type);
      }
      await watch.return();
      expect(seen).toEqual(['created', 'dataChanged', 'deleted', 'created']);
    });

    test('a recursive watch reports every change of a subtree, one by one', async () => {
      const { client, other, root } = core;
      const watch = client.watch(root, { recursive: true });
      await client.sync();
      await other.create(`${root}/a`);
      await other.create(`${root}/a/b`);
      await other.set(`${root}/a`, '1');
      await other.set(`${root}/a`, '2');
      await other.delete(`${root}/a/b`);
      const seen: string[] = [];
      for await (const { type, path } of watch) {
        if (seen.push(`${type} ${path.slice(root.length)}`) === 5) break;
      }
      expect(seen).toEqual([
        'created /a',
        'created /a/b',
        'dataChanged /a',
        'dataChanged /a',
        'deleted /a/b',
      ]);
    });

    test('a watch that is not recursive reports that children are created and deleted, and nothing else of them', async () => {
      const { client, other, root } = core;
      const watch = client.watch(root, { recursive: false });
      await client.sync();
      await other.create(`${root}/a`);
      await other.set(`${root}/a`, '1');
      await other.set(root, '2');
      const events = [(await watch.next()).value, (await watch.next()).value];
      expect(events).toMatchObject([
        { type: 'childrenChanged', path: root },
        { type: 'dataChanged', path: root },
      ]);
      await watch.return();
    });

    test('a watch of the kind children follows the children of a node', async () => {
      const { client, other, root } = core;
      const watch = client.watch(root, { kind: 'children' });
      await client.sync();
      for (const child of ['a', 'b', 'c']) {
        const next = watch.next();
        await other.create(`${root}/${child}`);
        expect((await next).value).toMatchObject({ type: 'childrenChanged', path: root });
      }
      await watch.return();
    });
  });
}
