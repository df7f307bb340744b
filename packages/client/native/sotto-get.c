/*
 * sotto-get NAME: what `agent get NAME` does, for shell jobs, without Node. It speaks ../PROTOCOL.md; README.md says what
 * it takes. What is secret, token and value, lies in one mapping and nowhere else: locked, in no core, wiped on every
 * way out. Whatever the agent sends is judged before it is used, and never quoted.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "protocol.h"

/* How it was called. */
struct call { const char *name, *attr, *token_file, *home, *socket, *wait; bool quiet; };

/* The mapping: the request, which ends where the token begins, the token, and the reply. */
enum { TOKEN_AT = 512, REPLY_AT = TOKEN_AT + MAX_PASSPHRASE_BYTES + 2, FIRST_READ = 2048, PATH_ROOM = 2 * PATH_MAX };
enum { ROOM = REPLY_AT + FIRST_READ + PREFIX_BYTES + MAX_HEADER_BYTES + MAX_PAYLOAD_BYTES };
static uint8_t *room;
static volatile size_t used; /* so many bytes of it are locked, where the limits of this user allow it, and get wiped */

static void use(size_t bytes) {
    if (bytes <= used) return;
    mlock(room, bytes);
    used = bytes;
}

static void wipe(size_t from) { if (from < used) explicit_bzero(room + from, used - from); }
static _Noreturn void leave(int status) { wipe(0); _exit(status); }
/* The handler is no longer set: the signal ends us. */
static void on_signal(int number) { wipe(0); raise(number); }

/* Nobody may look at this process, and nothing of it may be dumped. A signal that was ignored stays so. */
static void harden(void) {
    static const int FATAL[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGUSR1, SIGUSR2, SIGXCPU, SIGVTALRM,
                                SIGPROF, SIGIO, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP};
    struct sigaction ours = {.sa_handler = on_signal, .sa_flags = (int)(SA_RESETHAND | SA_NODEFER)}, before;
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    for (int fd = 0; fd < 3; fd++) /* as Node does: or the agent's socket could become the output */
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0) _exit(1);
    room = mmap(0, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED || madvise(room, ROOM, MADV_DONTDUMP) != 0) _exit(1);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    for (size_t i = 0; i < LENGTH(FATAL); i++)
        if (sigaction(FATAL[i], &ours, &before) == 0 && before.sa_handler == SIG_IGN) sigaction(FATAL[i], &before, 0);
}

/* All times are milliseconds. */
static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void sleep_ms(int64_t ms) { nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, 0); }

/* Growing pauses, with jitter so that jobs that began together do not come back together. */
struct backoff { int64_t next, longest; };
static void pause_for(struct backoff *pauses, int64_t at_most) {
    uint16_t dice = 0;
    getrandom(&dice, sizeof dice, GRND_NONBLOCK);
    int64_t ms = pauses->next * 3 / 4 + pauses->next * dice / 131072;
    sleep_ms(ms < at_most ? ms : at_most);
    pauses->next = pauses->next * 8 / 5 < pauses->longest ? pauses->next * 8 / 5 : pauses->longest;
}

/* ---- Output ---- */

static bool write_all(int fd, const void *bytes, size_t length) {
    for (const uint8_t *at = bytes, *end = at + length; at < end;) {
        ssize_t count = write(fd, at, (size_t)(end - at));
        if (count >= 0) at += count;
        else if (errno == EAGAIN) sleep_ms(5);
        else if (errno != EINTR) return false;
    }
    return true;
}

/* Writes one line to stderr, without characters that could forge another. */
static void tell(const char *format, ...) {
    static char line[6 * PATH_ROOM];
    va_list parts;
    va_start(parts, format);
    size_t end = (size_t)vsnprintf(line, sizeof line - 1, format, parts), to = 0;
    va_end(parts);
    for (size_t from = 0, bytes; from < end && from < sizeof line - 2; from += bytes > 0 ? bytes : 1) {
        bytes = control((uint8_t *)line + from, end - from);
        line[to++] = bytes > 0 ? '?' : line[from];
    }
    line[to++] = '\n';
    write_all(2, line, to);
}

/* ---- Where the agent is, and whether it can be nobody else's ---- */

/* Writes the absolute path of `below` within `path`, without `.`, `..` and empty names. */
static bool resolve(char *into, const char *path, const char *below) {
    char whole[PATH_ROOM], *end = into, *save;
    into[0] = 0;
    if (path[0] != '/' && !getcwd(into, PATH_ROOM)) return false;
    if (snprintf(whole, sizeof whole, "%s/%s%s", into, path, below) >= PATH_ROOM) return false;
    for (char *name = strtok_r(whole, "/", &save); name; name = strtok_r(0, "/", &save)) {
        if (strcmp(name, "..") == 0) while (end > into && *--end != '/') continue;
        else if (strcmp(name, ".") != 0) *end++ = '/', end = stpcpy(end, name);
    }
    strcpy(end, end == into ? "/" : "");
    return true;
}

/* An empty one counts as none; an option hides the variable all the same. */
static const char *chosen(const char *option, const char *variable) {
    const char *path = option ? option : getenv(variable);
    return path && *path ? path : 0;
}

/* The two places where a job looks, in order, the second one empty where there is but one. */
static outcome find_places(const struct call *call, char places[2][PATH_ROOM]) {
    const char *socket = chosen(call->socket, "SOTTO_SOCKET"), *home = chosen(call->home, "SOTTO_HOME");
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    char own[32];
    places[1][0] = 0;
    if (socket || home) {
        if (!resolve(places[0], socket ? socket : home, socket ? "" : "/agent.sock")) return &PATH_LENGTH;
        return strlen(places[0]) > MAX_SOCKET_PATH ? &PATH_LENGTH : 0;
    }
    snprintf(own, sizeof own, "/run/user/%u", geteuid());
    if (geteuid() == 0 || !resolve(places[0], runtime && runtime[0] == '/' ? runtime : own, "/sotto/agent.sock"))
        strcpy(places[0], SYSTEM_SOCKET);
    if (strcmp(places[0], SYSTEM_SOCKET) != 0) strcpy(places[1], SYSTEM_SOCKET);
    return 0;
}

/* The first place where something is; what cannot be looked at is taken to be there. One that was chosen is taken. */
static outcome find_socket(const struct call *call, char places[2][PATH_ROOM], const char **path) {
    struct stat entry;
    outcome failure = find_places(call, places);
    for (int i = 0; !failure && i < 2 && places[i][0]; i++) {
        *path = places[i];
        if (call->socket || call->home || lstat(*path, &entry) == 0 || (errno != ENOENT && errno != ENOTDIR)) return 0;
    }
    return failure ? failure : &ABSENT;
}

/* Root, ourselves, or the agent's user; the user database is read only where the first two do not decide. */
static bool is_trusted(uid_t uid) {
    if (uid == 0 || uid == geteuid()) return true;
    FILE *users = fopen("/etc/passwd", "re");
    struct passwd *user = 0;
    while (users && (user = fgetpwent(users)) && strcmp(user->pw_name, AGENT_USER) != 0) continue;
    if (users) fclose(users);
    return user && user->pw_uid == uid;
}

static outcome judge(const char *path, struct stat *entry) {
    if (lstat(path, entry) != 0) return from_errno(errno);
    if (!is_trusted(entry->st_uid)) return with(&UNTRUSTED_PATH, path, "belongs to another user");
    bool open = (entry->st_mode & 022) != 0 && (entry->st_mode & S_ISVTX) == 0;
    return S_ISDIR(entry->st_mode) && open ? with(&UNTRUSTED_PATH, path, "may be written by others") : 0;
}

static char *next_name(char *ahead) {
    while (*ahead == '/' || (*ahead == '.' && (ahead[1] == '/' || !ahead[1]))) ahead++;
    return ahead;
}

/* Walks to the socket name by name and never lets the kernel follow a symbolic link: ../PROTOCOL.md, "Whom to trust". */
static outcome check_trust(const char *path) {
    static char names[(MAX_SYMLINKS + 2) * (PATH_MAX + 1)], at[PATH_MAX + 2], target[PATH_MAX];
    char *ahead = names + sizeof names - strlen(path) - 1; /* what is still to visit; targets of links come before it */
    struct stat entry;
    int links = 0;
    outcome failure = judge("/", &entry);
    strcpy(ahead, path);
    at[0] = 0; /* the folder reached so far, judged, and without symbolic links; "" for the root */
    while (!failure && *(ahead = next_name(ahead))) {
        size_t length = strcspn(ahead, "/"), folder = strlen(at);
        bool up = length == 2 && memcmp(ahead, "..", 2) == 0;
        if (folder + length >= PATH_MAX) return from_errno(ENAMETOOLONG);
        if (up && folder > 0) *strrchr(at, '/') = 0;
        if (!up) snprintf(at + folder, sizeof at - folder, "/%.*s", (int)length, ahead);
        ahead += length;
        if (up || (failure = judge(at, &entry)) || S_ISDIR(entry.st_mode)) continue;
        if (!S_ISLNK(entry.st_mode)) return S_ISSOCK(entry.st_mode) && !*next_name(ahead) ? 0 : &NOT_A_SOCKET;
        if (++links > MAX_SYMLINKS) return with(&UNTRUSTED_PATH, at, "is one symbolic link too many");
        ssize_t size = readlink(at, target, sizeof target);
        if (size < 0 || size == sizeof target) return from_errno(size < 0 ? errno : ENAMETOOLONG);
        ahead -= size + 1;
        memcpy(ahead, target, (size_t)size);
        ahead[size] = '/';
        at[target[0] == '/' ? 0 : folder] = 0;
    }
    return failure ? failure : &NOT_A_SOCKET; /* the path ended on a folder */
}

/* ---- One request ---- */

/* Connects, after the check; tries again while the agent has more to accept than the kernel keeps for it. */
static outcome open_socket(const struct call *call, int64_t deadline, int *fd) {
    static char places[2][PATH_ROOM];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct backoff pauses = {FIRST_RETRY_MS, LONGEST_RETRY_MS};
    for (;;) {
        const char *path;
        outcome failure = find_socket(call, places, &path);
        if (!failure) failure = check_trust(path);
        if (!failure && strlen(path) >= sizeof address.sun_path) failure = &UNREACHABLE;
        if (failure) return failure;
        strcpy(address.sun_path, path);
        *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (*fd >= 0 && connect(*fd, (struct sockaddr *)&address, sizeof address) == 0) return 0;
        int reason = errno;
        if (*fd >= 0) close(*fd);
        if (reason != EAGAIN) return from_errno(reason);
        if (now() >= deadline) return &TIMEOUT;
        pause_for(&pauses, deadline - now());
    }
}

/* Reads, or with POLLOUT writes, until `done` is at least `wanted`; reading, not more than fits before `limit`. */
static outcome transfer(int fd, short event, uint8_t *at, size_t *done, size_t wanted, size_t limit, int64_t deadline) {
    while (*done < wanted) {
        int64_t left = deadline - now(); /* ten minutes and some seconds at most */
        if (left <= 0 || poll(&(struct pollfd){fd, event, 0}, 1, (int)left) == 0) return &TIMEOUT;
        ssize_t count = event == POLLIN ? recv(fd, at + *done, limit - *done, 0)
                                        : send(fd, at + *done, wanted - *done, MSG_NOSIGNAL);
        if (count > 0) *done += (size_t)count;
        else if (count == 0) return &CLOSED;
        else if (errno != EAGAIN && errno != EINTR) return from_errno(errno);
    }
    return 0;
}

static outcome read_reply(int fd, bool get, const char *attr, int64_t deadline, struct reply *reply) {
    uint8_t *at = room + REPLY_AT;
    uint64_t header, payload;
    size_t have = 0;
    struct bytes prefix = {at, at + PREFIX_BYTES};
    use(REPLY_AT + FIRST_READ);
    outcome failure = transfer(fd, POLLIN, at, &have, PREFIX_BYTES, FIRST_READ, deadline);
    if (failure) return failure;
    if (!big_endian(&prefix, 4, &header) || !big_endian(&prefix, 4, &payload)) return &BAD_REPLY;
    if (header < 1 || header > MAX_HEADER_BYTES || payload > MAX_PAYLOAD_BYTES) return &BAD_REPLY;
    header += PREFIX_BYTES;
    use(REPLY_AT + header + payload);
    failure = transfer(fd, POLLIN, at, &have, header, header + payload, deadline);
    if (failure) return failure;
    if (!read_header((struct bytes){prefix.at, at + header}, payload, get, attr, reply)) return &BAD_REPLY;
    failure = transfer(fd, POLLIN, at, &have, header + payload, header + payload, deadline);
    reply->value = (struct bytes){at + header, at + header + payload};
    return failure ? failure : reply->failure;
}

static uint8_t *put(uint8_t *at, const void *bytes, size_t length) { return mempcpy(at, bytes, length); }

static uint8_t *put_number(uint8_t *at, size_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) *at++ = (uint8_t)(number >> shift);
    return at;
}

/* Asks for the secret or, with `wait_ms`, for the unlock, on a connection of its own. */
static outcome ask(const struct call *call, size_t token, int64_t wait_ms, struct reply *reply) {
    static const char GET[] = "\x84\xa1v\x01\xa2id\x01\xa4verb\xa3get\xa4name\xd9";
    static const char WAIT[] = "\x84\xa1v\x01\xa2id\x01\xa4verb\xa4wait\xa9timeoutMs\xce";
    bool get = wait_ms == 0;
    size_t name = strlen(call->name), length = get ? sizeof GET + name : sizeof WAIT + 3, sent = 0;
    uint8_t *start = room + TOKEN_AT - PREFIX_BYTES - length, *at = put_number(start, length);
    int64_t deadline = now() + LONGEST_SILENCE_MS;
    token = get ? token : 0;
    int fd = -1;
    *reply = (struct reply){0};
    outcome failure = open_socket(call, deadline, &fd);
    if (failure) return failure;
    at = put_number(at, token);
    if (get) put(put(put(at, GET, sizeof GET - 1), &(uint8_t){(uint8_t)name}, 1), call->name, name);
    else put_number(put(at, WAIT, sizeof WAIT - 1), (size_t)wait_ms);
    if (!get) deadline = now() + wait_ms + QUICK_MS;
    length += PREFIX_BYTES + token;
    failure = transfer(fd, POLLOUT, start, &sent, length, length, deadline);
    if (!failure || failure == &CLOSED) failure = read_reply(fd, get, call->attr, deadline, reply); /* such as `busy` */
    close(fd);
    if (failure) wipe(REPLY_AT);
    return failure;
}

/* Fetches the secret; where it is asked to, it waits while the agent is absent, locked or busy. */
static outcome fetch(const struct call *call, size_t token, struct reply *reply) {
    int64_t left = call->wait ? duration(call->wait) : 0, deadline = now() + left;
    struct backoff pauses = {FIRST_PAUSE_MS, LONGEST_PAUSE_MS};
    for (bool get = true;;) {
        outcome failure = ask(call, token, get ? 0 : left < 1 ? 1 : left < MAX_WAIT_MS ? left : MAX_WAIT_MS, reply);
        if (get && !failure) return 0;
        left = deadline - now();
        if (failure && (!failure->passing || left <= 0)) return failure;
        if (failure) pause_for(&pauses, left);
        get = !failure;
        left = deadline - now();
    }
}

/* ---- The command ---- */

/* Tells what went wrong, and ends. Without a call it was not even called rightly. */
static _Noreturn void fail(const struct call *call, outcome failure) {
    static char places[2][PATH_ROOM];
    const char *name = call && may_be_told(call->name) ? call->name : "";
    bool told = call && failure->exit == EXIT_UNREACHABLE && !find_places(call, places);
    const char *between = told && places[1][0] ? " or " : "";
    tell("agent: error: %s%s%s%s%s%s%s%s%s%s", call ? "get" : "", *name ? " " : "", name, call ? ": " : "", failure->text,
         told ? " (" : "", told ? places[0] : "", between, told ? places[1] : "", told ? ")" : "");
    if (failure->hint && !(call && call->quiet)) tell("agent: hint: %s", failure->hint);
    leave(failure->exit);
}

/* Reads the token to its place; it must be in a file that nobody else could have read or placed. Returns its length. */
static size_t read_token(const struct call *call) {
    const char *path = chosen(call->token_file, "SOTTO_TOKEN_FILE");
    struct stat file;
    size_t length = 0;
    ssize_t count;
    if (!path) return 0;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &file) != 0) fail(call, with(&TOKEN_UNOPENED, ERRNOS[errno_row(errno)].name, ""));
    if (!S_ISREG(file.st_mode)) fail(call, &TOKEN_KIND);
    if (file.st_uid != 0 && file.st_uid != geteuid()) fail(call, &TOKEN_OWNER);
    if ((file.st_mode & 07177) != 0) fail(call, &TOKEN_MODE);
    use(REPLY_AT);
    while ((count = read(fd, room + TOKEN_AT + length, REPLY_AT - TOKEN_AT - length)) > 0) length += (size_t)count;
    if (count < 0) fail(call, with(&TOKEN_UNREADABLE, ERRNOS[errno_row(errno)].name, ""));
    close(fd);
    if (length > 0 && room[TOKEN_AT + length - 1] == '\n') length--;
    if (length > MAX_PASSPHRASE_BYTES) fail(call, &TOKEN_TOO_LONG);
    return length;
}

/* An option is repeated only if it looks like one: it could be a password. */
static _Noreturn void refuse_option(const char *option) {
    char name[34] = "";
    size_t length = strcspn(option, "="), letters = strspn(option, "abcdefghijklmnopqrstuvwxyz-");
    bool plain = strncmp(option, "--", 2) == 0 && letters == length && length >= 4 && length < sizeof name;
    if (!plain || option[2] == '-') fail(0, &OPTION_UNNAMED);
    memcpy(name, option, length);
    for (size_t i = 0; i < LENGTH(SECRET_WORDS); i++) {
        const char *word = SECRET_WORDS[i], *found = strstr(name, word + (word[0] == '^'));
        if (found && (word[0] != '^' || found == name)) fail(0, with(&OPTION_UNKNOWN_SECRET, name, ""));
    }
    fail(0, with(&OPTION_UNKNOWN, name, ""));
}

static struct call parse(int count, char **args) {
    static const char *const OPTIONS[] = {"--attr", "--token-file", "--home", "--socket", "--wait"};
    struct call call = {0};
    const char **values[] = {&call.attr, &call.token_file, &call.home, &call.socket, &call.wait}, *unknown = 0;
    bool ended = false, more = false;
    for (int i = 1; i < count; i++) {
        size_t length = strcspn(args[i], "="), option = 0, all = LENGTH(OPTIONS);
        while (option < all && (strncmp(args[i], OPTIONS[option], length) != 0 || OPTIONS[option][length])) option++;
        if (ended || args[i][0] != '-' || !args[i][1]) more = call.name, call.name = more ? call.name : args[i];
        else if (strcmp(args[i], "--") == 0) ended = true;
        else if (strcmp(args[i], "--quiet") == 0) call.quiet = true;
        else if (option == all) unknown = unknown ? unknown : args[i];
        else if (!args[i][length] && i + 1 == count) fail(0, with(&OPTION_WITHOUT_VALUE, args[i], ""));
        else *values[option] = args[i][length] ? args[i] + length + 1 : args[++i];
        if (call.wait && duration(call.wait) == 0) fail(0, &NO_DURATION);
    }
    if (unknown) refuse_option(unknown);
    if (!call.name || more) fail(0, more ? &MORE_ARGUMENTS : &NAME_MISSING);
    return call;
}

int main(int count, char **args) {
    struct reply reply;
    harden();
    struct call call = parse(count, args);
    for (size_t i = 0; i < LENGTH(NEVER_READ); i++)
        if (getenv(NEVER_READ[i])) fail(&call, with(&ENVIRONMENT, NEVER_READ[i], ""));
    if (!is_name(call.name, strlen(call.name))) fail(&call, &NO_NAME);
    outcome failure = fetch(&call, read_token(&call), &reply);
    if (failure) fail(&call, failure);
    explicit_bzero(room, REPLY_AT);
    if (call.attr && reply.attribute.type == 0) fail(&call, &NO_ATTRIBUTE);
    struct bytes answer = call.attr ? reply.attribute.in : reply.value;
    if (!write_all(1, answer.at, (size_t)(answer.end - answer.at)) || (isatty(1) && !write_all(1, "\n", 1))) {
        size_t row = errno_row(errno);
        fail(&call, ERRNOS[row].output ? ERRNOS[row].output : with(&OUTPUT_OTHER, ERRNOS[row].name, ""));
    }
    leave(0);
}
