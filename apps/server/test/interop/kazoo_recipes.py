"""Every recipe of kazoo, all at once, each with two clients, of which the first loses its server in the middle.

The arguments are the servers of the first and of the second clients, the one to connect to first. `middle` is printed
when the server may be struck, and a line of the input says that it was. `ok` or `failed` is printed for each recipe.
"""

import datetime
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor

from kazoo.client import KazooClient
from kazoo.recipe.cache import TreeCache
from kazoo.retry import KazooRetry

PATIENCE = 25


def connect(hosts):
    retry = KazooRetry(max_tries=-1, delay=0.05, max_delay=0.5)
    zk = KazooClient(hosts=hosts, timeout=20, randomize_hosts=False, connection_retry=retry, command_retry=retry.copy())
    zk.start(timeout=PATIENCE)
    return zk


def waiting(call, *args):
    """Runs it on a thread, where it will have to wait."""
    return pool.submit(call, *args)


def done(future):
    return future.result(timeout=PATIENCE)


class Arrivals:
    """Collects the values that a watch gets, and waits for a given one."""

    def __init__(self):
        self._seen = []
        self._changed = threading.Condition()

    def __call__(self, value):
        with self._changed:
            self._seen.append(value)
            self._changed.notify_all()

    def wait_for(self, value):
        with self._changed:
            came = self._changed.wait_for(lambda: value in self._seen, PATIENCE)
            assert came, "waited for %r, got %r" % (value, self._seen)


def take_turns(first, second, strike):
    """Two locks that exclude one another."""
    assert first.acquire()
    other = waiting(second.acquire)
    strike()
    assert first.is_acquired and not other.done()
    first.release()
    assert done(other)
    second.release()


def Lock(a, b, path, strike):
    first, second = a.Lock(path, "a"), b.Lock(path, "b")
    take_turns(first, second, strike)
    assert first.acquire(timeout=PATIENCE)
    assert not second.acquire(blocking=False)
    a.sync(path)
    assert first.contenders() == ["a"]
    first.release()


def ReadLock(a, b, path, strike):
    one, two, writer = a.ReadLock(path, "one"), b.ReadLock(path, "two"), b.WriteLock(path, "writer")
    assert one.acquire() and two.acquire()
    other = waiting(writer.acquire)
    strike()
    assert not other.done()
    one.release()
    assert not other.done()
    two.release()
    assert done(other)
    assert not one.acquire(blocking=False)
    writer.release()


def WriteLock(a, b, path, strike):
    take_turns(a.WriteLock(path, "writer"), b.ReadLock(path, "reader"), strike)
    take_turns(a.WriteLock(path, "writer"), b.WriteLock(path, "other"), lambda: None)


def Semaphore(a, b, path, strike):
    one, two, three = (zk.Semaphore(path, name, max_leases=2) for zk, name in ((a, "1"), (b, "2"), (b, "3")))
    assert one.acquire() and two.acquire()
    other = waiting(three.acquire)
    strike()
    assert not other.done() and sorted(one.lease_holders()) == ["1", "2"]
    one.release()
    assert done(other)
    a.sync(path)
    assert sorted(one.lease_holders()) == ["2", "3"]
    two.release()
    three.release()


def Election(a, b, path, strike):
    leaders, enough = Arrivals(), threading.Event()

    def lead(name):
        leaders(name)
        assert enough.wait(PATIENCE)

    first = waiting(a.Election(path, "a").run, lead, "a")
    leaders.wait_for("a")
    second = waiting(b.Election(path, "b").run, lead, "b")
    strike()
    assert not first.done() and not second.done()
    enough.set()
    leaders.wait_for("b")
    done(first)
    done(second)


def Barrier(a, b, path, strike):
    a.Barrier(path).create()
    b.sync(path)
    assert not b.Barrier(path).wait(0.01)

    def passed():
        # kazoo's wait does not outlive its connection, which may be lost together with the leader.
        while not b.retry(b.Barrier(path).wait, 1):
            pass

    other = waiting(passed)
    strike()
    assert not other.done()
    assert a.Barrier(path).remove()
    done(other)


def DoubleBarrier(a, b, path, strike):
    one, two = a.DoubleBarrier(path, 2, "one"), b.DoubleBarrier(path, 2, "two")
    first = waiting(one.enter)
    done(waiting(two.enter))
    done(first)
    assert one.participating and two.participating
    strike()
    first = waiting(one.leave)
    done(waiting(two.leave))
    done(first)
    a.sync(path)
    assert a.get_children(path) == []


def Party(a, b, path, strike):
    one, two = a.Party(path, "one"), b.Party(path, "two")
    one.join()
    two.join()
    strike()
    assert sorted(one) == sorted(two) == ["one", "two"]
    one.leave()
    b.sync(path)
    assert list(two) == ["two"]


def ShallowParty(a, b, path, strike):
    one, two = a.ShallowParty(path, "one"), b.ShallowParty(path, "two")
    one.join()
    two.join()
    strike()
    assert len(one) == len(two) == 2
    two.leave()
    a.sync(path)
    assert len(one) == 1


def Counter(a, b, path, strike):
    one, two = a.Counter(path), b.Counter(path)
    for _ in range(5):
        one += 2
        two -= 1
    strike()
    one += 10
    b.sync(path)
    assert two.value == 15, two.value


def Queue(a, b, path, strike):
    one, two = a.Queue(path), b.Queue(path)
    for value in (b"1", b"2", b"3"):
        one.put(value)
    b.sync(path)
    assert two.get() == b"1"
    strike()
    one.put(b"urgent", priority=1)
    b.sync(path)
    # It has read the names of the first ones, and takes these before it looks again.
    assert [two.get() for _ in range(4)] == [b"2", b"3", b"urgent", None]


def LockingQueue(a, b, path, strike):
    one, two = a.LockingQueue(path), b.LockingQueue(path)
    one.put_all([b"1", b"2"])
    assert one.get(PATIENCE) == b"1"
    strike()
    assert two.get(PATIENCE) == b"2"
    assert one.holds_lock() and two.holds_lock()
    assert one.consume() and two.release()
    a.sync(path)
    assert one.get(PATIENCE) == b"2" and one.consume()
    assert len(one) == 0


def Lease(a, b, path, strike):
    hour = datetime.timedelta(hours=1)
    assert a.NonBlockingLease(path, hour, identifier="a")
    strike()
    assert not b.NonBlockingLease(path, hour, identifier="b")
    assert a.NonBlockingLease(path, hour, identifier="a")


def ChildrenWatch(a, b, path, strike):
    a.create(path)
    arrivals = Arrivals()
    a.ChildrenWatch(path, lambda children: arrivals(sorted(children)))
    b.create(path + "/before")
    arrivals.wait_for(["before"])
    strike(lambda: b.retry(b.ensure_path, path + "/between"))
    arrivals.wait_for(["before", "between"])
    b.delete(path + "/before")
    arrivals.wait_for(["between"])


def DataWatch(a, b, path, strike):
    arrivals = Arrivals()
    a.DataWatch(path, lambda data, stat: arrivals(data))
    arrivals.wait_for(None)
    b.create(path, b"before")
    arrivals.wait_for(b"before")
    strike(lambda: b.retry(b.set, path, b"between"))
    arrivals.wait_for(b"between")
    b.set(path, b"after")
    arrivals.wait_for(b"after")


def Cache(a, b, path, strike):
    arrivals = Arrivals()
    b.create(path)
    b.create(path + "/before", b"1")
    cache = TreeCache(a, path)
    cache.listen(lambda event: arrivals((event.event_data.path, event.event_data.data) if event.event_data else None))
    cache.start()
    arrivals.wait_for((path + "/before", b"1"))

    def change():
        b.retry(b.ensure_path, path + "/between/deep")
        b.retry(b.set, path + "/before", b"2")

    strike(change)
    arrivals.wait_for((path + "/before", b"2"))
    arrivals.wait_for((path + "/between/deep", b""))
    b.create(path + "/between/after", b"3")
    arrivals.wait_for((path + "/between/after", b"3"))
    assert cache.get_data(path + "/before").data == b"2"
    cache.close()


RECIPES = (
    Lock,
    ReadLock,
    WriteLock,
    Semaphore,
    Election,
    Barrier,
    DoubleBarrier,
    Party,
    ShallowParty,
    Counter,
    Queue,
    LockingQueue,
    Lease,
    ChildrenWatch,
    DataWatch,
    Cache,
)


class Middle:
    """Where all recipes meet before the server is struck; one that has failed does not come."""

    def __init__(self, parties):
        self._missing = parties
        self._changed = threading.Condition()
        self._struck = threading.Event()

    def reach(self):
        with self._changed:
            self._missing -= 1
            self._changed.notify_all()

    def wait(self):
        self.reach()
        assert self._struck.wait(3 * PATIENCE)

    def strike(self):
        with self._changed:
            assert self._changed.wait_for(lambda: self._missing == 0, 3 * PATIENCE)
        print("middle", flush=True)
        sys.stdin.readline()
        self._struck.set()


def attempt(recipe, hosts):
    a, b = (connect(order) for order in hosts)
    session = a.client_id
    met = []

    def strike(meanwhile=lambda: None):
        met.append(True)
        middle.wait()
        meanwhile()
        for zk in (a, b):
            zk.retry(zk.sync, "/")

    try:
        # Each client reads from its own server, which may be behind the answer that the other client got.
        b.sync("/")
        recipe(a, b, "/recipes/" + recipe.__name__, strike)
        assert a.client_id == session, "the session was lost"
        return "ok " + recipe.__name__
    except Exception:
        return "failed %s\n%s" % (recipe.__name__, traceback.format_exc())
    finally:
        if not met:
            middle.reach()
        for zk in (a, b):
            zk.stop()
            zk.close()


pool = ThreadPoolExecutor(4 * len(RECIPES))
middle = Middle(len(RECIPES))
zk = connect(sys.argv[1])
zk.delete("/recipes", recursive=True)
zk.create("/recipes")
zk.stop()
attempts = [pool.submit(attempt, recipe, sys.argv[1:3]) for recipe in RECIPES]
middle.strike()
for each in attempts:
    print(each.result(), flush=True)
