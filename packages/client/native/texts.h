/* Made by `npm run native:texts` from the tables of the TypeScript client and of `agent get`. Do not edit. */
#include <errno.h>
struct failure { const char *code, *text, *hint; int exit, passing; };
enum { PROTOCOL_VERSION = 1, PREFIX_BYTES = 8, MAX_HEADER_BYTES = 16384, MAX_PAYLOAD_BYTES = 1048576, MAX_PASSPHRASE_BYTES = 1024, MAX_DEPTH = 8, MAX_NAME_BYTES = 255, MAX_ATTRIBUTES = 32, MAX_ATTRIBUTE_KEY = 64, MAX_ATTRIBUTE_BYTES = 1024, MAX_ATTRIBUTES_BYTES = 8192, MAX_WAIT_MS = 600000, MAX_SOCKET_PATH = 100, MAX_SYMLINKS = 40, FIRST_PAUSE_MS = 100, LONGEST_PAUSE_MS = 1000, FIRST_RETRY_MS = 10, LONGEST_RETRY_MS = 200, QUICK_MS = 2500, LONGEST_SILENCE_MS = 2600, EXIT_LOCKED = 3, EXIT_UNREACHABLE = 5 };
#define AGENT_USER "sotto"
#define SYSTEM_SOCKET "/run/sotto/agent.sock"
#define RETRY_HINT "try again in %lld s"
static const char *const SECRET_WORDS[] = {"pass", "secret", "token", "value", "credential", "key", "^--pw", "^--pin"};
static const char *const NEVER_READ[] = {"SOTTO_PASSPHRASE", "SOTTO_PASSWORD", "SOTTO_TOKEN", "SOTTO_SECRET", "SOTTO_VALUE", "SOTTO_RECOVERY_CODE"};
static const struct failure UNREACHABLE = {"", "no agent answers", "start it with: agent start", 5, 1};
static const struct failure TIMEOUT = {"", "the agent did not answer in time", "is it stopped, or the machine overloaded?", 5, 1};
static const struct failure UNTRUSTED = {"", "the socket could be someone else's; nothing was sent", "it and every folder above it must belong to root or to you, and nobody else may write there", 6, 0};
static const struct failure BAD_REPLY = {"", "the agent's answer could not be read", "install the same version of agent and client", 1, 0};
static const struct failure ABORTED = {"", "the request was cancelled", 0, 1, 0};
static const struct failure BAD_ARGUMENT = {"", "the request is not valid", 0, 2, 0};
static const struct failure ABSENT = {"", "no agent answers: there is no socket", "start it with: agent start", 5, 1};
static const struct failure STALE = {"", "no agent answers: nobody listens on the socket", "the agent has ended; start it with: agent start", 5, 1};
static const struct failure FORBIDDEN = {"", "no agent answers: the socket may not be opened by this user", "is it the right one? SOTTO_SOCKET or --socket names another", 5, 1};
static const struct failure NOT_A_SOCKET = {"", "no agent answers: what is there is not a socket", "is it the right path? SOTTO_SOCKET or --socket names another", 5, 1};
static const struct failure CLOSED = {"", "the agent closed the connection before it answered", "it has ended, or refuses this user; the agent's log says more", 5, 1};
static const struct failure PATH_LENGTH = {"", "the path of the socket is longer than 100 bytes", "place it elsewhere with --socket or SOTTO_SOCKET", 2, 0};
static const struct failure PATH = {"", "the path of the socket is not valid", 0, 2, 0};
static const struct failure DISPOSED = {"", "the secret was used after it had been disposed of", 0, 2, 0};
static const struct failure NAME_MISSING = {"", "get: name is missing", "agent get --help shows how", 2, 0};
static const struct failure MORE_ARGUMENTS = {"", "get: there are more arguments than it takes", "no passphrase, value or token is taken as an argument: it would be in the list of processes and the shell's history; leave it out to be prompted", 2, 0};
static const struct failure OPTION_WITHOUT_VALUE = {"", "get: %s takes an argument", "agent get --help shows how", 2, 0};
static const struct failure OPTION_UNKNOWN = {"", "get: there is no option %s", "agent get --help shows how", 2, 0};
static const struct failure OPTION_UNKNOWN_SECRET = {"", "get: there is no option %s", "no passphrase, value or token is taken as an argument: it would be in the list of processes and the shell's history; leave it out to be prompted", 2, 0};
static const struct failure OPTION_UNNAMED = {"", "get: there is no such option", "agent get --help shows how", 2, 0};
static const struct failure ENVIRONMENT = {"", "%s is not read: no passphrase, value or token is taken from the environment", "unset it, and give it on a descriptor (--passphrase-fd, --value-fd) or in a file (--token-file)", 2, 0};
static const struct failure NO_NAME = {"", "that is not a valid name of a secret", "a name is one to eight segments of a-z 0-9 _ . - with / between, such as bank/login; a segment starts and ends with a letter or digit, holds no .. and at most 64 characters", 2, 0};
static const struct failure NO_DURATION = {"", "get: --wait takes a duration", "such as 30s, 10m, 8h or 2d", 2, 0};
static const struct failure NO_ATTRIBUTE = {"", "it has no such attribute", "agent get NAME --json shows those that it has", 4, 0};
static const struct failure TOKEN_UNOPENED = {"", "the token file cannot be opened (%s)", "--token-file or SOTTO_TOKEN_FILE names it", 2, 0};
static const struct failure TOKEN_KIND = {"", "the token file is not a regular file", 0, 2, 0};
static const struct failure TOKEN_OWNER = {"", "the token file belongs to another user", 0, 2, 0};
static const struct failure TOKEN_MODE = {"", "the token file is open to others", "close it with: chmod 600 FILE", 2, 0};
static const struct failure TOKEN_UNREADABLE = {"", "the token file cannot be read (%s)", "is the descriptor open?", 2, 0};
static const struct failure TOKEN_TOO_LONG = {"", "the token file gives more than 1024 bytes", 0, 2, 0};
static const struct failure OUTPUT_OTHER = {"", "the output could not be written (%s)", 0, 1, 0};
static const struct failure UNTRUSTED_PATH = {"", "the socket could be someone else's; nothing was sent: %s %s", "it and every folder above it must belong to root or to you, and nobody else may write there", 6, 0};
static const struct failure VAULT_NEEDS = {"", "the vault needs version %s of Sotto", "install that version, or a later one", 8, 0};
/* What an agent may answer. */
static const struct failure ERRORS[] = {
    {"bad-frame", "the agent could not read the request", "is something other than a Sotto client speaking to it?", 2, 0},
    {"too-large", "the request is too large", "a value holds at most 1 MiB, a passphrase at most 1 KiB", 2, 0},
    {"bad-request", "the request is not valid", "see agent help COMMAND for what it takes", 2, 0},
    {"unsupported-version", "the agent does not speak this version of the protocol", "install the same version of agent and client, then restart the agent", 2, 0},
    {"uninitialised", "there is no vault yet", "an administrator creates it with: agent init", 3, 1},
    {"locked", "the agent is locked", "an administrator unlocks it with: agent unlock", 3, 1},
    {"denied", "denied, or no such secret", "an administrator can allow it with: agent grant", 4, 0},
    {"not-found", "no such secret, rule, slot or version", "agent list --all, agent rules and agent slot list show what there is", 4, 0},
    {"conflict", "it was changed in the meantime, or exists already", "look at what is there now, then try again", 9, 0},
    {"rate-limited", "the rule allows no more fetches for now", "try again later", 11, 0},
    {"throttled", "another attempt of this user is still being delayed", "wait for its answer, then try again", 7, 0},
    {"wrong-passphrase", "wrong passphrase", "check the keyboard layout; a recovery code is given with: agent unlock --recovery", 7, 0},
    {"auth-required", "the passphrase of an administrator is needed", "type it at the prompt, or give it with --passphrase-fd", 7, 0},
    {"vault-damaged", "the vault is damaged, or is not a vault of this agent", "the agent's log names the reason; the version before is in vault.bak", 8, 0},
    {"rollback", "the vault is older than the one last seen", "if you restored it on purpose: agent unlock --accept-rollback", 8, 0},
    {"weak-kdf", "the vault's key derivation is weaker than allowed", "if the vault is yours: agent unlock --upgrade-kdf", 8, 0},
    {"save-failed", "the change could not be saved; nothing was changed", "check the space and the permissions of the agent's home", 10, 0},
    {"audit-failed", "the audit could not be written, so the request was refused", "check the space and the permissions of the agent's home", 10, 0},
    {"busy", "the agent has no room for another request now", "try again later", 11, 1},
    {"internal", "the agent failed unexpectedly", "the agent's log says more", 1, 0},
};
/* What it may say beside the code. */
static const struct { const char *code, *reason, *text, *hint; } REASONS[] = {
    {"vault-damaged", "not-a-file", "the vault is not a regular file", "the file named vault in the agent's home must be the vault itself"},
    {"vault-damaged", "links", "the vault has more than one hard link, or is a symbolic link", "make the file named vault in the agent's home a plain copy of its own"},
    {"vault-damaged", "owner", "the vault belongs to another user", "give the file named vault in the agent's home to the user that runs the agent"},
    {"vault-damaged", "mode", "the vault may be read or written by others", "close it with: chmod 600 on the file named vault in the agent's home"},
    {"vault-damaged", "size", "the vault is too short or too long to be one", "the version before is in vault.bak; copy both files away before you change anything"},
    {"vault-damaged", "magic", "the file is not a vault of Sotto", "the version before is in vault.bak; copy both files away before you change anything"},
    {"vault-damaged", "version", "the vault needs another version of Sotto", "install that version, or a later one"},
    {"vault-damaged", "flags", "the vault uses something that this version does not know", "install the version of Sotto that wrote it, or a later one"},
    {"vault-damaged", "length", "the vault is cut off, or something was appended to it", "the version before is in vault.bak; copy both files away before you change anything"},
    {"vault-damaged", "checksum", "the vault's header is damaged", "the version before is in vault.bak; copy both files away before you change anything"},
    {"vault-damaged", "slots", "the vault's slots are damaged", "the version before is in vault.bak; copy both files away before you change anything"},
    {"vault-damaged", "kdf", "the vault asks for a key derivation outside of the allowed range", "the version before is in vault.bak; copy both files away before you change anything"},
    {"vault-damaged", "mac", "the vault's header was changed by someone without the passphrase", "the version before is in vault.bak; copy both files away before you change anything"},
    {"vault-damaged", "slot-key", "the slot's key is damaged", "the version before is in vault.bak; copy both files away before you change anything"},
    {"vault-damaged", "payload", "the vault's content is damaged", "the version before is in vault.bak; copy both files away before you change anything"},
    {"vault-damaged", "schema", "the vault's content is not valid", "the version before is in vault.bak; copy both files away before you change anything"},
    {"bad-request", "rule-nobody", "the rule would be for nobody, or permit nothing", "name somebody with --user, --uid, --group, --gid, --unit or --token"},
    {"bad-request", "rule-foreign", "the rule names somebody as another system does, or what this one cannot tell, so it could not be enforced here", "on Windows take --sid, --user or --token; elsewhere anything but --sid"},
    {"bad-request", "rule-too-long", "the rule is too long: it may take 8 KiB", "make several rules of it"},
    {"bad-request", "rule-expired", "the rule would be expired from the start: its time is past by the agent's clock", "give --expires a time to come; date shows what time it is here"},
    {"bad-request", "token-unknown", "there is no token of that label", "make it first with: agent token new LABEL; agent token list shows those that there are"},
    {"bad-request", "token-set", "a rule for a token cannot permit set", "what is sent with a set is the value, so no token can be; make a rule of its own for it, by --user or --unit"},
    {"bad-request", "once-set", "--once counts fetches, so it does not go with set", "make two rules: one that permits get with --once, and one that permits set"},
    {"bad-request", "rate-set", "--rate counts fetches, so it does not go with set", "make two rules: one that permits get with --rate, and one that permits set"},
    {"bad-request", "zone-unknown", "the agent knows no time zone of that name", "take UTC or a name such as Europe/Berlin; timedatectl list-timezones shows them"},
    {"bad-request", "exe-right", "the agent may not see which programs other users run, so it could not enforce the rule", "run the agent as root for that, or leave out --exe, --sha256 and --ancestor"},
    {"bad-request", "exe-missing", "the program does not exist", "command -v NAME shows where a program is"},
    {"bad-request", "exe-symlink", "the program is a symbolic link, or is reached through one", "readlink -f PATH shows the program itself: name that one"},
    {"bad-request", "exe-not-a-program", "the program is not a program that can be executed", "name the file that the kernel runs"},
    {"bad-request", "exe-owner", "the program, or a folder above it, does not belong to root: its owner could put something else there", "install it as root where only root may write, such as in /usr/local/bin"},
    {"bad-request", "exe-writable", "the program, or a folder above it, may be written by others than root", "close it with chmod go-w, or install it as root where only root may write, such as in /usr/local/bin"},
    {"bad-request", "exe-links", "the program has more than one hard link, so it is the same program as another", "make a copy of its own: cp FILE FILE.new && mv FILE.new FILE"},
    {"bad-request", "exe-mount", "the program is on a file system that somebody else than root may answer for", "install it on a local file system that is not mounted nosuid"},
    {"bad-request", "exe-script", "the program is a script: what runs is its interpreter, and that is the same for every script", "give the job a unit or a user of its own, and the rule --unit or --user; if you mean its interpreter, name that with --exe all the same: --allow-interpreter"},
    {"bad-request", "exe-interpreter", "the program is an interpreter, which runs whatever it is told to: the rule would narrow nothing", "give the job a unit or a user of its own, and the rule --unit or --user; if you mean the interpreter all the same: --allow-interpreter"},
};
static const struct failure OUTPUT[] = {
    {"", "the output could not be written", 0, 1, 0},
    {"", "no space left for the output", 0, 1, 0},
    {"", "the reader of the output has gone", 0, 1, 0},
};
static const struct { int number; const char *name; const struct failure *reason, *output; } ERRNOS[] = {
    {E2BIG, "E2BIG", 0, 0},
    {EACCES, "EACCES", &FORBIDDEN, 0},
    {EADDRINUSE, "EADDRINUSE", 0, 0},
    {EADDRNOTAVAIL, "EADDRNOTAVAIL", 0, 0},
    {EAFNOSUPPORT, "EAFNOSUPPORT", 0, 0},
    {EAGAIN, "EAGAIN", 0, 0},
    {EALREADY, "EALREADY", 0, 0},
    {EBADF, "EBADF", 0, 0},
    {EBADMSG, "EBADMSG", 0, 0},
    {EBUSY, "EBUSY", 0, 0},
    {ECANCELED, "ECANCELED", 0, 0},
    {ECHILD, "ECHILD", 0, 0},
    {ECONNABORTED, "ECONNABORTED", 0, 0},
    {ECONNREFUSED, "ECONNREFUSED", &STALE, 0},
    {ECONNRESET, "ECONNRESET", &CLOSED, 0},
    {EDEADLK, "EDEADLK", 0, 0},
    {EDESTADDRREQ, "EDESTADDRREQ", 0, 0},
    {EDOM, "EDOM", 0, 0},
    {EDQUOT, "EDQUOT", 0, 0},
    {EEXIST, "EEXIST", 0, 0},
    {EFAULT, "EFAULT", 0, 0},
    {EFBIG, "EFBIG", 0, 0},
    {EHOSTUNREACH, "EHOSTUNREACH", 0, 0},
    {EIDRM, "EIDRM", 0, 0},
    {EILSEQ, "EILSEQ", 0, 0},
    {EINPROGRESS, "EINPROGRESS", 0, 0},
    {EINTR, "EINTR", 0, 0},
    {EINVAL, "EINVAL", 0, 0},
    {EIO, "EIO", 0, &OUTPUT[0]},
    {EISCONN, "EISCONN", 0, 0},
    {EISDIR, "EISDIR", 0, 0},
    {ELOOP, "ELOOP", 0, 0},
    {EMFILE, "EMFILE", 0, 0},
    {EMLINK, "EMLINK", 0, 0},
    {EMSGSIZE, "EMSGSIZE", 0, 0},
    {EMULTIHOP, "EMULTIHOP", 0, 0},
    {ENAMETOOLONG, "ENAMETOOLONG", 0, 0},
    {ENETDOWN, "ENETDOWN", 0, 0},
    {ENETRESET, "ENETRESET", 0, 0},
    {ENETUNREACH, "ENETUNREACH", 0, 0},
    {ENFILE, "ENFILE", 0, 0},
    {ENOBUFS, "ENOBUFS", 0, 0},
    {ENODATA, "ENODATA", 0, 0},
    {ENODEV, "ENODEV", 0, 0},
    {ENOENT, "ENOENT", &ABSENT, 0},
    {ENOEXEC, "ENOEXEC", 0, 0},
    {ENOLCK, "ENOLCK", 0, 0},
    {ENOLINK, "ENOLINK", 0, 0},
    {ENOMEM, "ENOMEM", 0, 0},
    {ENOMSG, "ENOMSG", 0, 0},
    {ENOPROTOOPT, "ENOPROTOOPT", 0, 0},
    {ENOSPC, "ENOSPC", 0, &OUTPUT[1]},
    {ENOSR, "ENOSR", 0, 0},
    {ENOSTR, "ENOSTR", 0, 0},
    {ENOSYS, "ENOSYS", 0, 0},
    {ENOTCONN, "ENOTCONN", 0, 0},
    {ENOTDIR, "ENOTDIR", &ABSENT, 0},
    {ENOTEMPTY, "ENOTEMPTY", 0, 0},
    {ENOTSOCK, "ENOTSOCK", &NOT_A_SOCKET, 0},
    {ENOTSUP, "ENOTSUP", 0, 0},
    {ENOTTY, "ENOTTY", 0, 0},
    {ENXIO, "ENXIO", 0, 0},
    {EOPNOTSUPP, "EOPNOTSUPP", 0, 0},
    {EOVERFLOW, "EOVERFLOW", 0, 0},
    {EPERM, "EPERM", &FORBIDDEN, 0},
    {EPIPE, "EPIPE", &CLOSED, &OUTPUT[2]},
    {EPROTO, "EPROTO", 0, 0},
    {EPROTONOSUPPORT, "EPROTONOSUPPORT", 0, 0},
    {EPROTOTYPE, "EPROTOTYPE", &NOT_A_SOCKET, 0},
    {ERANGE, "ERANGE", 0, 0},
    {EROFS, "EROFS", 0, 0},
    {ESPIPE, "ESPIPE", 0, 0},
    {ESRCH, "ESRCH", 0, 0},
    {ESTALE, "ESTALE", 0, 0},
    {ETIME, "ETIME", 0, 0},
    {ETIMEDOUT, "ETIMEDOUT", 0, 0},
    {ETXTBSY, "ETXTBSY", 0, 0},
    {EWOULDBLOCK, "EWOULDBLOCK", 0, 0},
    {EXDEV, "EXDEV", 0, 0},
    {0, "UNKNOWN", 0, 0},
};
