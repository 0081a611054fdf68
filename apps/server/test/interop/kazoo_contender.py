"""kazoo's Lock with Curator's names, by command: `hold PATH`, `release`, `contend PATH ROUNDS`."""

import sys

from kazoo.client import KazooClient
from kazoo.recipe.lock import Lock


class CuratorLock(Lock):
    """Curator puts names without `lock-` behind all others, so kazoo's own would not hold it off."""

    _NODE_NAME = "-lock-"
    _EXCLUDE_NAMES = ["-lock-"]


def contend(path, rounds):
    lock = CuratorLock(zk, path + "/lock")
    for _ in range(rounds):
        with lock:
            zk.create(path + "/inside", ephemeral=True)
            count = int(zk.get(path + "/count")[0])
            zk.create(path + "/grants/n-", lock.node.encode(), sequence=True)
            zk.set(path + "/count", b"%d" % (count + 1))
            zk.delete(path + "/inside")


zk = KazooClient(hosts=sys.argv[1], timeout=float(sys.argv[2]) / 1000)
zk.start(timeout=15)
print("ready", flush=True)
lock = None
for line in sys.stdin:
    order, *args = line.split()
    if order == "hold":
        lock = CuratorLock(zk, args[0])
        print("asking", flush=True)
        lock.acquire()
        print("held", lock.node, flush=True)
    elif order == "release":
        lock.release()
        print("released", flush=True)
    elif order == "contend":
        contend(args[0], int(args[1]))
        print("contended", flush=True)
zk.stop()
