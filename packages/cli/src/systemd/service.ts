import { HARDENING } from "./hardening.ts";
import {
  CREDENTIAL_SOCKET,
  commandLine,
  environmentLines,
  HOME,
  type Program,
  SOCKET,
  USER,
} from "./program.ts";

/**
 * The unit of the agent: node itself, or the single program, is its main process, so that nobody but the agent may speak for it (NotifyAccess),
 * with the flags that `agent start` gives. Of what the agent needs the unit keeps: /proc of all processes (units and
 * users of peers), memory without swap, its home and its sockets.
 */
export function serviceUnit({ agent, variables }: Program): string {
  const options = ["--home", HOME, "--socket", SOCKET, "--credential-socket", CREDENTIAL_SOCKET];
  return `[Unit]
Description=Sotto, the secrets agent for unattended jobs
Documentation=man:systemd.exec(5)

[Service]
Type=notify
NotifyAccess=main
ExecStart=${commandLine([...agent, ...options, "--foreground"])}
${environmentLines(variables)}User=${USER}
Group=${USER}
Restart=on-failure
RestartSec=1
WatchdogSec=30
TimeoutStopSec=10
OOMScoreAdjust=-500

# The home is the agent's alone. Every job must reach the folder of the sockets, which outlives a restart.
StateDirectory=sotto
StateDirectoryMode=0700
RuntimeDirectory=sotto
RuntimeDirectoryMode=0755
RuntimeDirectoryPreserve=yes
UMask=0077

# A page of secret memory for each connection.
LimitMEMLOCK=16M

# Rules for programs need a right: see sotto.service.d/programs.conf.off.
${HARDENING}
[Install]
WantedBy=multi-user.target
`;
}
