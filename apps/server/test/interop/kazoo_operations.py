"""Every basic operation of kazoo against the servers given; prints a line for each group that went well."""

import sys
import threading

from kazoo.client import KazooClient
from kazoo.exceptions import (
    BadVersionError,
    NoChildrenForEphemeralsError,
    NodeExistsError,
    NoNodeError,
    NotEmptyError,
    RolledBackError,
)

hosts = sys.argv[1]
zk = KazooClient(hosts=hosts, timeout=10)
zk.start(timeout=15)


def refused(error, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except error:
        return
    raise AssertionError("%s was expected" % error.__name__)


def creates():
    assert zk.create("/kazoo", b"hello") == "/kazoo"
    assert zk.create("/kazoo/n-", b"", sequence=True) == "/kazoo/n-0000000000"
    path, stat = zk.create("/kazoo/mine", b"x", ephemeral=True, include_data=True)
    assert (path, stat.ephemeralOwner, stat.dataLength) == ("/kazoo/mine", zk.client_id[0], 1)
    zk.ensure_path("/kazoo/a/b/c")
    refused(NodeExistsError, zk.create, "/kazoo")
    refused(NoNodeError, zk.create, "/nowhere/child")
    refused(NoChildrenForEphemeralsError, zk.create, "/kazoo/mine/child")


def gets_and_sets():
    data, stat = zk.get("/kazoo")
    assert (data, stat.version, stat.numChildren) == (b"hello", 0, 3)
    assert zk.set("/kazoo", b"world").version == 1
    assert zk.set("/kazoo", b"third", version=1).version == 2
    refused(BadVersionError, zk.set, "/kazoo", b"fourth", version=1)
    assert zk.get("/kazoo")[0] == b"third"
    assert zk.exists("/nowhere") is None
    assert zk.exists("/kazoo").czxid == stat.czxid


def watches():
    events = []
    arrived = threading.Semaphore(0)

    def watch(event):
        events.append((event.type, event.path))
        arrived.release()

    zk.get("/kazoo", watch=watch)
    zk.set("/kazoo", b"watched")
    assert arrived.acquire(timeout=10)
    zk.get_children("/kazoo", watch=watch)
    zk.create("/kazoo/new")
    assert arrived.acquire(timeout=10)
    zk.exists("/kazoo/new", watch=watch)
    zk.delete("/kazoo/new")
    assert arrived.acquire(timeout=10)
    zk.exists("/kazoo/new", watch=watch)
    zk.create("/kazoo/new")
    assert arrived.acquire(timeout=10)
    assert events == [
        ("CHANGED", "/kazoo"),
        ("CHILD", "/kazoo"),
        ("DELETED", "/kazoo/new"),
        ("CREATED", "/kazoo/new"),
    ], events


def lists():
    children, stat = zk.get_children("/kazoo", include_data=True)
    assert sorted(children) == ["a", "mine", "n-0000000000", "new"], children
    assert stat.numChildren == 4
    refused(NoNodeError, zk.get_children, "/nowhere")


def transacts():
    good = zk.transaction()
    good.check("/kazoo", version=3)
    good.create("/kazoo/t", b"1")
    good.set_data("/kazoo/t", b"2")
    good.delete("/kazoo/new")
    results = good.commit()
    assert results[1] == "/kazoo/t" and results[2].version == 1 and results[3] is True, results
    bad = zk.transaction()
    bad.create("/kazoo/u", b"")
    bad.check("/kazoo", version=77)
    first, second = bad.commit()
    assert isinstance(first, RolledBackError) and isinstance(second, BadVersionError)
    assert zk.exists("/kazoo/u") is None


def syncs():
    assert zk.sync("/kazoo") == "/kazoo"


def deletes():
    refused(NotEmptyError, zk.delete, "/kazoo")
    refused(BadVersionError, zk.delete, "/kazoo/t", version=9)
    zk.delete("/kazoo", recursive=True)
    assert zk.exists("/kazoo") is None


def closes():
    other = KazooClient(hosts=hosts, timeout=10)
    other.start(timeout=15)
    other.create("/kazoo-ephemeral", ephemeral=True)
    other.stop()
    zk.sync("/")
    assert zk.exists("/kazoo-ephemeral") is None


for group in (creates, gets_and_sets, watches, lists, transacts, syncs, deletes, closes):
    group()
    print("ok", group.__name__, flush=True)
zk.stop()
