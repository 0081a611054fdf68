/*
 * ZooKeeper's C client, libzookeeper_mt. The argument is the list of servers. Prints a line of JSON for each step that
 * went well, waits for a line of the input where a server is to be struck, and ends with 1 at the first step that
 * did not.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zookeeper/zookeeper.h>

#define PATIENCE_S 30

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int state;
static int disconnections;
static char events[16][160];
static int event_count;
static int completion_rc;
static int completed;

static void fail(const char *step, int rc)
{
    printf("{\"failed\":\"%s\",\"rc\":%d}\n", step, rc);
    fflush(stdout);
    exit(1);
}

static void expect(const char *step, int wanted, int rc)
{
    if (rc != wanted) fail(step, rc);
}

static void holds(const char *step, int truth)
{
    if (!truth) fail(step, 0);
}

static void report(const char *step)
{
    printf("{\"ok\":\"%s\"}\n", step);
    fflush(stdout);
}

static void on_session(zhandle_t *zh, int type, int new_state, const char *path, void *context)
{
    (void)zh;
    (void)path;
    (void)context;
    if (type != ZOO_SESSION_EVENT) return;
    pthread_mutex_lock(&lock);
    if (state == ZOO_CONNECTED_STATE && new_state != ZOO_CONNECTED_STATE) disconnections++;
    state = new_state;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void on_node(zhandle_t *zh, int type, int at, const char *path, void *context)
{
    (void)zh;
    (void)at;
    /* These watchers also get the session's changes. */
    if (type == ZOO_SESSION_EVENT) return;
    pthread_mutex_lock(&lock);
    if (event_count < 16) snprintf(events[event_count++], sizeof events[0], "%s %d %s", (char *)context, type, path);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void on_completion(int rc, const void *data)
{
    (void)data;
    pthread_mutex_lock(&lock);
    completion_rc = rc;
    completed = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

/* With the lock held: until it is signalled, or for too long. */
static void pause_until_changed(const char *step, const struct timespec *deadline)
{
    if (pthread_cond_timedwait(&changed, &lock, deadline) != 0) fail(step, ZOPERATIONTIMEOUT);
}

static struct timespec deadline(void)
{
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += PATIENCE_S;
    return end;
}

static void wait_for_state(const char *step, int wanted, int disconnections_min)
{
    const struct timespec end = deadline();
    pthread_mutex_lock(&lock);
    while (state != wanted || disconnections < disconnections_min) pause_until_changed(step, &end);
    pthread_mutex_unlock(&lock);
}

static void wait_for_event(const char *wanted)
{
    const struct timespec end = deadline();
    pthread_mutex_lock(&lock);
    for (;;) {
        for (int i = 0; i < event_count; i++) {
            if (strcmp(events[i], wanted) == 0) {
                pthread_mutex_unlock(&lock);
                return;
            }
        }
        pause_until_changed(wanted, &end);
    }
}

static int add_auth(zhandle_t *zh, const char *credential)
{
    const struct timespec end = deadline();
    completed = 0;
    const int rc = zoo_add_auth(zh, "digest", credential, (int)strlen(credential), on_completion, NULL);
    if (rc != ZOK) return rc;
    pthread_mutex_lock(&lock);
    while (!completed) pause_until_changed("auth", &end);
    pthread_mutex_unlock(&lock);
    return completion_rc;
}

static zhandle_t *start(const char *servers)
{
    state = 0;
    zhandle_t *zh = zookeeper_init(servers, on_session, 20000, NULL, NULL, 0);
    if (zh == NULL) fail("init", 0);
    wait_for_state("connect", ZOO_CONNECTED_STATE, 0);
    return zh;
}

int main(int count, char **arguments)
{
    struct Stat stat;
    char path[128];
    char data[128];
    int length;

    if (count != 2) return 2;
    zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
    zhandle_t *zh = start(arguments[1]);

    expect("create", ZOK, zoo_create(zh, "/c", "hello", 5, &ZOO_OPEN_ACL_UNSAFE, 0, path, sizeof path));
    expect("create again", ZNODEEXISTS, zoo_create(zh, "/c", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0));
    expect("create below nothing", ZNONODE, zoo_create(zh, "/n/c", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0));
    expect("ephemeral", ZOK, zoo_create(zh, "/c/e", NULL, -1, &ZOO_OPEN_ACL_UNSAFE, ZOO_EPHEMERAL, path, sizeof path));
    expect("sequential", ZOK, zoo_create(zh, "/c/s-", "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_SEQUENCE, path, sizeof path));
    holds("sequential's name", strcmp(path, "/c/s-0000000001") == 0);
    expect("both", ZOK, zoo_create2(zh, "/c/b-", "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_EPHEMERAL | ZOO_SEQUENCE, path,
                                    sizeof path, &stat));
    holds("both's stat", strcmp(path, "/c/b-0000000002") == 0 && stat.ephemeralOwner == zoo_client_id(zh)->client_id);
    expect("below an ephemeral", ZNOCHILDRENFOREPHEMERALS,
           zoo_create(zh, "/c/e/x", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0));
    report("creates");

    length = sizeof data;
    expect("get", ZOK, zoo_get(zh, "/c", 0, data, &length, &stat));
    holds("get's answer", length == 5 && memcmp(data, "hello", 5) == 0 && stat.version == 0 && stat.numChildren == 3);
    length = sizeof data;
    expect("get nothing", ZOK, zoo_get(zh, "/c/e", 0, data, &length, NULL));
    holds("data that is null", length == -1);
    expect("set", ZOK, zoo_set2(zh, "/c", "world", 5, 0, &stat));
    holds("set's stat", stat.version == 1);
    expect("set an old version", ZBADVERSION, zoo_set(zh, "/c", "x", 1, 0));
    expect("exists not", ZNONODE, zoo_exists(zh, "/n", 0, &stat));
    report("gets and sets");

    struct String_vector children;
    expect("children", ZOK, zoo_get_children2(zh, "/c", 0, &children, &stat));
    holds("children's count", children.count == 3 && stat.numChildren == 3);
    deallocate_String_vector(&children);
    report("lists");

    length = sizeof data;
    expect("watch data", ZOK, zoo_wget(zh, "/c", on_node, "data", data, &length, NULL));
    expect("watch children", ZOK, zoo_wget_children(zh, "/c", on_node, "children", &children));
    deallocate_String_vector(&children);
    expect("watch nothing", ZNONODE, zoo_wexists(zh, "/c/w", on_node, "exists", &stat));
    expect("change", ZOK, zoo_set(zh, "/c", "watched", 7, -1));
    wait_for_event("data 3 /c");
    expect("come", ZOK, zoo_create(zh, "/c/w", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0));
    wait_for_event("exists 1 /c/w");
    wait_for_event("children 4 /c");
    expect("watch a node", ZOK, zoo_wexists(zh, "/c/w", on_node, "end", &stat));
    expect("go", ZOK, zoo_delete(zh, "/c/w", 0));
    wait_for_event("end 2 /c/w");
    report("watches");

    zoo_op_t ops[4];
    zoo_op_result_t results[4];
    zoo_check_op_init(&ops[0], "/c", 2);
    zoo_create_op_init(&ops[1], "/c/m-", "1", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_SEQUENCE, path, sizeof path);
    zoo_set_op_init(&ops[2], "/c", "multi", 5, 2, &stat);
    zoo_delete_op_init(&ops[3], "/c/s-0000000001", 0);
    expect("multi", ZOK, zoo_multi(zh, 4, ops, results));
    holds("multi's answers", strcmp(path, "/c/m-0000000004") == 0 && stat.version == 3);
    zoo_create_op_init(&ops[0], "/c/never", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0);
    zoo_check_op_init(&ops[1], "/c", 2);
    zoo_delete_op_init(&ops[2], "/c", -1);
    expect("a multi that fails", ZBADVERSION, zoo_multi(zh, 3, ops, results));
    holds("its reasons", results[0].err == ZOK && results[1].err == ZBADVERSION &&
                             results[2].err == ZRUNTIMEINCONSISTENCY);
    expect("it did nothing", ZNONODE, zoo_exists(zh, "/c/never", 0, &stat));
    report("transacts");

    expect("authenticate", ZOK, add_auth(zh, "carol:secret"));
    expect("own", ZOK, zoo_create(zh, "/c/own", "mine", 4, &ZOO_CREATOR_ALL_ACL, 0, NULL, 0));
    struct ACL_vector acl;
    expect("read its rights", ZOK, zoo_get_acl(zh, "/c/own", &acl, &stat));
    holds("whose it is", acl.count == 1 && strcmp(acl.data[0].id.scheme, "digest") == 0 &&
                             strncmp(acl.data[0].id.id, "carol:", 6) == 0);
    deallocate_ACL_vector(&acl);
    zhandle_t *other = start(arguments[1]);
    length = sizeof data;
    expect("get another's", ZNOAUTH, zoo_get(other, "/c/own", 0, data, &length, &stat));
    expect("set another's", ZNOAUTH, zoo_set(other, "/c/own", "x", 1, -1));
    expect("authenticate wrongly", ZOK, add_auth(other, "carol:guess"));
    expect("get with a wrong word", ZNOAUTH, zoo_get(other, "/c/own", 0, data, &length, &stat));
    expect("share", ZOK, zoo_set_acl(zh, "/c/own", -1, &ZOO_READ_ACL_UNSAFE));
    /* When its server has answered a write, the server has seen the new rights. */
    expect("set what is shared", ZNOAUTH, zoo_set(other, "/c/own", "x", 1, -1));
    length = sizeof data;
    expect("get what is shared", ZOK, zoo_get(other, "/c/own", 0, data, &length, &stat));
    report("rights");

    const int64_t session = zoo_client_id(zh)->client_id;
    length = sizeof data;
    expect("watch through it", ZOK, zoo_wget(zh, "/c", on_node, "through", data, &length, NULL));
    expect("watch other through it", ZOK, zoo_wget_children(zh, "/c", on_node, "below", &children));
    deallocate_String_vector(&children);
    expect("close", ZOK, zookeeper_close(other));
    const int before = disconnections;
    struct sockaddr_in server;
    socklen_t server_length = sizeof server;
    holds("where it is", zookeeper_get_connected_host(zh, (struct sockaddr *)&server, &server_length) != NULL);
    printf("{\"middle\":%d}\n", ntohs(server.sin_port));
    fflush(stdout);
    if (fgets(data, sizeof data, stdin) == NULL) return 3;
    wait_for_state("come back", ZOO_CONNECTED_STATE, before + 1);
    holds("the same session", zoo_client_id(zh)->client_id == session);
    wait_for_event("through 3 /c");
    expect("its ephemeral node", ZOK, zoo_exists(zh, "/c/e", 0, &stat));
    holds("its owner", stat.ephemeralOwner == session);
    expect("its rights", ZOK, zoo_create(zh, "/c/again", "", 0, &ZOO_CREATOR_ALL_ACL, 0, NULL, 0));
    wait_for_event("below 4 /c");
    report("fails over");

    expect("close", ZOK, zookeeper_close(zh));
    zh = start(arguments[1]);
    expect("gone with its session", ZNONODE, zoo_exists(zh, "/c/e", 0, &stat));
    expect("close", ZOK, zookeeper_close(zh));
    report("closes");
    return 0;
}
