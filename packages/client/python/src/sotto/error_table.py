"""The one table of failures, the same as in errors.ts of the TypeScript client.

Texts are constant: they never hold anything that a peer sent. A test compares them with the other table.
"""

from typing import Dict, Optional, Tuple

#: Codes that an agent may answer: exit status of the command line, text, hint.
ERRORS: Dict[str, Tuple[int, str, Optional[str]]] = {
    "bad-frame": (
        2,
        "the agent could not read the request",
        "is something other than a Sotto client speaking to it?",
    ),
    "too-large": (
        2,
        "the request is too large",
        "a value holds at most 1 MiB, a passphrase at most 1 KiB",
    ),
    "bad-request": (2, "the request is not valid", "see agent help COMMAND for what it takes"),
    "unsupported-version": (
        2,
        "the agent does not speak this version of the protocol",
        "install the same version of agent and client, then restart the agent",
    ),
    "uninitialised": (3, "there is no vault yet", "an administrator creates it with: agent init"),
    "locked": (3, "the agent is locked", "an administrator unlocks it with: agent unlock"),
    "denied": (4, "denied, or no such secret", "an administrator can allow it with: agent grant"),
    "not-found": (
        4,
        "no such secret, rule, slot or version",
        "agent list --all, agent rules and agent slot list show what there is",
    ),
    "conflict": (
        9,
        "it was changed in the meantime, or exists already",
        "look at what is there now, then try again",
    ),
    "rate-limited": (11, "the rule allows no more fetches for now", "try again later"),
    "throttled": (
        7,
        "another attempt of this user is still being delayed",
        "wait for its answer, then try again",
    ),
    "wrong-passphrase": (
        7,
        "wrong passphrase",
        "check the keyboard layout; a recovery code is given with: agent unlock --recovery",
    ),
    "auth-required": (
        7,
        "the passphrase of an administrator is needed",
        "type it at the prompt, or give it with --passphrase-fd",
    ),
    "vault-damaged": (
        8,
        "the vault is damaged, or is not a vault of this agent",
        "the agent's log names the reason; the version before is in vault.bak",
    ),
    "rollback": (
        8,
        "the vault is older than the one last seen",
        "if you restored it on purpose: agent unlock --accept-rollback",
    ),
    "weak-kdf": (
        8,
        "the vault's key derivation is weaker than allowed",
        "if the vault is yours: agent unlock --upgrade-kdf",
    ),
    "save-failed": (
        10,
        "the change could not be saved; nothing was changed",
        "check the space and the permissions of the agent's home",
    ),
    "audit-failed": (
        10,
        "the audit could not be written, so the request was refused",
        "check the space and the permissions of the agent's home",
    ),
    "busy": (11, "the agent has no room for another request now", "try again later"),
    "internal": (1, "the agent failed unexpectedly", "the agent's log says more"),
}

#: Codes that a client raises itself, without an answer of an agent.
LOCAL_ERRORS: Dict[str, Tuple[int, str, Optional[str]]] = {
    "unreachable": (5, "no agent answers", "start it with: agent start"),
    "timeout": (5, "the agent did not answer in time", "is it stopped, or the machine overloaded?"),
    "untrusted": (
        6,
        "the socket could be someone else's; nothing was sent",
        "it and every folder above it must belong to root or to you, and nobody else may write there",
    ),
    "bad-reply": (
        1,
        "the agent's answer could not be read",
        "install the same version of agent and client",
    ),
    "aborted": (1, "the request was cancelled", None),
    "bad-argument": (2, "the request is not valid", None),
}

#: What exactly a client met: its code, a finer text and hint.
LOCAL_REASONS: Dict[str, Tuple[str, str, Optional[str]]] = {
    "absent": ("unreachable", "no agent answers: there is no socket", "start it with: agent start"),
    "stale": (
        "unreachable",
        "no agent answers: nobody listens on the socket",
        "the agent has ended; start it with: agent start",
    ),
    "forbidden": (
        "unreachable",
        "no agent answers: the socket may not be opened by this user",
        "is it the right one? SOTTO_SOCKET or --socket names another",
    ),
    "not-a-socket": (
        "unreachable",
        "no agent answers: what is there is not a socket",
        "is it the right path? SOTTO_SOCKET or --socket names another",
    ),
    "closed": (
        "unreachable",
        "the agent closed the connection before it answered",
        "it has ended, or refuses this user; the agent's log says more",
    ),
    "path-length": (
        "bad-argument",
        "the path of the socket is longer than 100 bytes",
        "place it elsewhere with --socket or SOTTO_SOCKET",
    ),
    "path": ("bad-argument", "the path of the socket is not valid", None),
    "disposed": ("bad-argument", "the secret was used after it had been disposed of", None),
}

#: Why a vault was refused; to administrators, beside `vault-damaged`.
VAULT_REASONS: Tuple[str, ...] = (
    "not-a-file",
    "links",
    "owner",
    "mode",
    "size",
    "magic",
    "version",
    "flags",
    "length",
    "checksum",
    "slots",
    "kdf",
    "mac",
    "slot-key",
    "payload",
    "schema",
)

#: Why a rule was refused; to administrators, beside `bad-request`.
RULE_REASONS: Tuple[str, ...] = (
    "rule-nobody",
    "rule-foreign",
    "rule-too-long",
    "rule-expired",
    "token-unknown",
    "token-set",
    "once-set",
    "rate-set",
    "zone-unknown",
    "exe-right",
    "exe-missing",
    "exe-symlink",
    "exe-not-a-program",
    "exe-owner",
    "exe-writable",
    "exe-links",
    "exe-mount",
    "exe-script",
    "exe-interpreter",
)
