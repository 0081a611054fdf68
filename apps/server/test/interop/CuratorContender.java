import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.CuratorCacheListener;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.retry.RetryForever;
import org.apache.zookeeper.CreateMode;

/**
 * Curator's recipes by command: `hold PATH`, `release`, `contend PATH ROUNDS` for the lock, `latch PATH`, `resign` for
 * the leader latch, `cache PATH`, `cached` for the cache. The arguments are the servers and the session's timeout.
 */
public final class CuratorContender {
    public static void main(String[] args) throws Exception {
        CuratorFramework client = CuratorFrameworkFactory.builder()
                .connectString(args[0])
                .sessionTimeoutMs(Integer.parseInt(args[1]))
                .connectionTimeoutMs(15_000)
                .retryPolicy(new RetryForever(100))
                .build();
        client.start();
        client.blockUntilConnected();
        say("ready");

        InterProcessMutex lock = null;
        LeaderLatch latch = null;
        CuratorCache cache = null;
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            String[] words = order.split(" ");
            switch (words[0]) {
                case "hold":
                    lock = new InterProcessMutex(client, words[1]);
                    say("asking");
                    lock.acquire();
                    say("held " + ownNode(lock));
                    break;
                case "release":
                    lock.release();
                    say("released");
                    break;
                case "contend":
                    contend(client, words[1], Integer.parseInt(words[2]));
                    say("contended");
                    break;
                case "latch":
                    latch = new LeaderLatch(client, words[1], "curator");
                    latch.start();
                    say("campaigning");
                    latch.await();
                    say("leading");
                    break;
                case "resign":
                    latch.close();
                    say("resigned");
                    break;
                case "cache":
                    client.sync().forPath(words[1]);
                    cache = CuratorCache.build(client, words[1]);
                    cache.listenable().addListener(CuratorCacheListener.builder()
                            .forInitialized(() -> say("initialized"))
                            .forCreates(node -> say("created " + node.getPath()))
                            .forChanges((before, node) -> say("changed " + node.getPath() + " " + text(node.getData())))
                            .forDeletes(node -> say("deleted " + node.getPath()))
                            .build());
                    cache.start();
                    break;
                case "cached":
                    cache.stream().map(node -> node.getPath()).sorted().forEach(path -> say("has " + path));
                    say("that is all");
                    break;
                default:
                    throw new IllegalArgumentException(order);
            }
        }
        client.close();
    }

    /** Counts without comparing versions: another holder would show, by the node or by the number. */
    private static void contend(CuratorFramework client, String path, int rounds) throws Exception {
        InterProcessMutex lock = new InterProcessMutex(client, path + "/lock");
        for (int round = 0; round < rounds; round++) {
            lock.acquire();
            client.create().withMode(CreateMode.EPHEMERAL).forPath(path + "/inside");
            int count = Integer.parseInt(text(client.getData().forPath(path + "/count")));
            client.create().withMode(CreateMode.PERSISTENT_SEQUENTIAL).forPath(path + "/grants/n-", bytes(ownNode(lock)));
            client.setData().forPath(path + "/count", bytes(String.valueOf(count + 1)));
            client.delete().forPath(path + "/inside");
            lock.release();
        }
    }

    private static String ownNode(InterProcessMutex lock) throws Exception {
        return lock.getParticipantNodes().iterator().next();
    }

    private static String text(byte[] data) {
        return new String(data, StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void say(String line) {
        System.out.println(line);
    }
}
