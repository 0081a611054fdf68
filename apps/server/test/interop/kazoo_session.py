"""Holds a session with an ephemeral node, and says when the connection and the session change."""

import sys

from kazoo.client import KazooClient

zk = KazooClient(hosts=sys.argv[1], timeout=10)
zk.add_listener(lambda state: print("state", state, flush=True))
zk.start(timeout=15)
zk.create("/held", b"", ephemeral=True)
print("session", zk.client_id[0], flush=True)
for line in sys.stdin:
    owner = zk.retry(zk.get, "/held")[1].ephemeralOwner
    print("asked", zk.client_id[0], owner, flush=True)
zk.stop()
