import { HARDENING } from "./hardening.ts";
import { CREDENTIAL_SOCKET, HOME, type Program, RUN, shellWord, SOCKET, USER } from "./program.ts";

/** sysusers.d(5): the user that clients trust beside root. */
export const sysusers = (): string => `u ${USER} - "Sotto secrets agent" ${HOME}\n`;

/** tmpfiles.d(5): the folders are there before the agent is, and jobs that wait for it find a place to look. */
export const tmpfiles = (): string => `d ${HOME} 0700 ${USER} ${USER} -\nd ${RUN} 0755 ${USER} ${USER} -\n`;

/** Optional: systemd listens, and starts the agent with the first connection. */
export const socketUnit = (): string => `[Unit]
Description=Socket of Sotto, the secrets agent

[Socket]
ListenStream=${SOCKET}
SocketMode=0666
DirectoryMode=0755
Backlog=4096

[Install]
WantedBy=sockets.target
`;

/** Optional, as the one above: a unit that wants a credential early in the boot waits for the agent instead of failing. */
export const credentialSocketUnit = (): string => `[Unit]
Description=Socket for LoadCredential= of Sotto, the secrets agent

[Socket]
ListenStream=${CREDENTIAL_SOCKET}
SocketMode=0600
DirectoryMode=0755
Service=sotto.service

[Install]
WantedBy=sockets.target
`;

/**
 * Optional: asks for the passphrase when the agent has started, and again when it was wrong, until the vault is open,
 * whoever opens it. It holds up nothing: no unit is ordered after it.
 */
export function unlockUnit({ command }: Program): string {
  const agent = command.map(shellWord).join(" ");
  const script = [
    "while :; do",
    `systemd-ask-password --id=sotto --timeout=3600 "Passphrase of Sotto" | ${agent} unlock --quiet --passphrase-fd 0;`,
    "s=$?;",
    `${agent} status --quiet >/dev/null && exit 0;`,
    "case $s in 7|11) sleep 1;; *) exit $s;; esac;",
    "done",
  ].join(" ");
  return `[Unit]
Description=Ask for the passphrase of Sotto, the secrets agent
After=sotto.service
Requires=sotto.service
PartOf=sotto.service
ConditionPathExists=${HOME}/vault

[Service]
Type=exec
ExecStart=/bin/sh -c '${quoted(script)}'
ReadWritePaths=/run
${HARDENING}
[Install]
WantedBy=sotto.service
`;
}

/** Within single quotes of systemd.syntax(7), with nothing expanded. */
const quoted = (text: string): string =>
  text.replaceAll("%", "%%").replaceAll("$", "$$$$").replace(/[\\']/g, "\\$&");

/** A drop-in that is not in force under this name: what rules for programs need. */
export const programsDropIn =
  (): string => `# For rules with --exe, --sha256 or --ancestor: rename this file to programs.conf, then
#   systemctl daemon-reload && systemctl restart sotto.service && agent unlock
# To see which program another user's process runs takes CAP_SYS_PTRACE, which could also read the memory of every
# other process: an agent that is broken into is then worth more. Without it such rules cannot be made.
# NoNewPrivileges=yes would show the agent all file systems as nosuid, and programs on such a one are not believed;
# with the bounding set below, no program could give it more rights all the same.
[Service]
CapabilityBoundingSet=CAP_SYS_PTRACE
AmbientCapabilities=CAP_SYS_PTRACE
NoNewPrivileges=no
ProtectHome=read-only
`;
