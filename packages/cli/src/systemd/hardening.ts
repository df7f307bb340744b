/** What neither the agent nor who asks for its passphrase needs (systemd.exec(5)): nothing of the memory reaches a disk. */
export const HARDENING = `# Nothing of the memory reaches a disk.
LimitCORE=0
MemorySwapMax=0

# No rights beyond those of its user, no network, no devices, no way to change the system.
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateNetwork=yes
PrivateIPC=yes
IPAddressDeny=any
RestrictAddressFamilies=AF_UNIX
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
TasksMax=64
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallFilter=memfd_secret pkey_alloc pkey_free pkey_mprotect
SystemCallErrorNumber=EPERM
`;
