/** What the manual page says beside the commands. */

export const INTRODUCTION: readonly string[] = [
  "Sotto keeps the passwords of unattended jobs in memory only. An administrator unlocks it once after boot; each job " +
    "fetches exactly what its rules allow, over a local socket where the kernel says who is asking. On disk there is " +
    "only ciphertext, and after agent lock there is nothing in memory either.",
  "A change needs the passphrase: typed at the prompt, given with --passphrase-fd, or good for some minutes in the " +
    "login session where it was last given. No option takes a passphrase, a value or a token as its argument.",
  "A secret is called segment/segment/...: at most eight segments of a-z 0-9 _ . - that begin and end with a letter " +
    "or digit. A selector is one name, or prefix/** for everything below a prefix. Durations are written 30s, 10m, 8h " +
    "or 2d, times as in RFC 3339.",
];

export const EXIT_STATUS: readonly (readonly [status: string, meaning: string])[] = [
  ["0", "it is done"],
  ["1", "unexpected failure"],
  ["2", "usage, or a bad request"],
  ["3", "locked or not initialised"],
  ["4", "denied, or no such secret"],
  ["5", "no agent can be reached"],
  ["6", "the agent is not to be trusted"],
  ["7", "wrong passphrase, throttled, or a passphrase is needed and nobody is there to type it"],
  ["8", "the vault is damaged, rolled back, or has too weak a key derivation"],
  ["9", "conflict"],
  ["10", "could not save, or could not write the audit"],
  ["11", "rate limited or busy: try later"],
  ["126, 127", "agent exec: the command may not be run, or is not there; else its own exit status"],
];

export const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ["SOTTO_HOME", "the agent's home, as --home"],
  ["SOTTO_SOCKET", "where the agent listens, as --socket"],
  ["SOTTO_TOKEN_FILE", "the file with a job's token, as --token-file"],
  ["VISUAL, EDITOR", "the editor of agent edit: the first one that is set, as a shell reads it"],
  ["SOTTO_ASKPASS_NAME", "the secret that agent askpass answers with"],
  ["NO_COLOR", "no colours"],
];

export const FILES: readonly (readonly [path: string, meaning: string])[] = [
  ["/var/lib/sotto", "home of root's agent and of the system service: the vault, the audit, config.json"],
  ["/run/sotto/agent.sock", "its socket"],
  ["$XDG_DATA_HOME/sotto", "home of another user's agent"],
  ["$XDG_RUNTIME_DIR/sotto/agent.sock", "its socket"],
];

export const SEE_ALSO = "cron(8), systemd.exec(5), systemd-ask-password(1), memfd_secret(2)";
