"""Takes kazoo's Lock, holds it until a line comes in, gives it back."""

import sys

from kazoo.client import KazooClient

zk = KazooClient(hosts=sys.argv[1], timeout=10)
zk.start(timeout=15)
lock = zk.Lock(sys.argv[2], "kazoo")
print("asking", flush=True)
with lock:
    print("held", flush=True)
    sys.stdin.readline()
print("released", flush=True)
zk.stop()
