import { fileBehind } from "./linux-file.ts";
import type { FileId } from "./types.ts";

/**
 * Programs that run whatever their arguments say: a rule that names one lets in every script of the user. They are told
 * by their name, with a version behind it, and as the file that a well-known path leads to. Not by what they do: a copy
 * under another name is not recognised.
 */
const NAMES = [
  ...["sh", "bash", "rbash", "dash", "ash", "zsh", "ksh", "ksh93", "mksh", "lksh", "pdksh", "yash", "posh"],
  ...["csh", "tcsh", "fish", "pwsh", "nu", "xonsh", "busybox", "toybox"],
  ...["python", "pypy", "node", "nodejs", "deno", "bun", "perl", "ruby", "php", "lua", "luajit", "java"],
  ...[
    "tclsh",
    "wish",
    "expect",
    "guile",
    "racket",
    "R",
    "Rscript",
    "julia",
    "ocaml",
    "erl",
    "elixir",
    "mono",
    "dotnet",
  ],
  ...["awk", "gawk", "mawk", "nawk", "original-awk", "sed", "ed", "m4", "make", "gmake"],
  ...["vi", "vim", "nvim", "emacs", "gdb", "strace", "ltrace", "script", "screen", "tmux"],
  ...[
    "env",
    "xargs",
    "find",
    "sudo",
    "su",
    "doas",
    "pkexec",
    "run0",
    "runuser",
    "setpriv",
    "setsid",
    "chroot",
  ],
  ...[
    "nsenter",
    "unshare",
    "nohup",
    "nice",
    "ionice",
    "chrt",
    "taskset",
    "timeout",
    "time",
    "stdbuf",
    "flock",
  ],
  ...["start-stop-daemon", "systemd-run", "parallel", "watch", "entr", "bwrap", "capsh", "prlimit"],
];

/** `python3.11`, `perl5.36.0`, `php8.2`, `lua5.4`, `gawk-5.2.1`, `busybox.static`, `vim.basic`, `python3.11-dbg`. */
const VERSION = String.raw`(?:[-.]?\d[\d.]*[a-z]?)?(?:[-.](?:dbg|debug|static|basic|tiny|cgi))?`;
const NAMED = new RegExp(`^(?:${NAMES.map((name) => name.replaceAll("-", "\\-")).join("|")})${VERSION}$`);

/** The loader runs any program that it is given (ld.so(8)). */
const LOADER = /^(?:ld-linux.*|ld-musl.*|ld|ld64)(?:-[\d.]+)?\.so(?:\.\d+)*$/;
const LOADERS = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];

const FOLDERS = ["/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin", "/sbin", "/usr/local/sbin"];
const WELL_KNOWN = [
  process.execPath,
  ...LOADERS,
  ...FOLDERS.flatMap((folder) =>
    [...NAMES, "python3", "python2", "pypy3"].map((name) => `${folder}/${name}`),
  ),
];

/** Whether the program at `path`, which is the file `id`, runs whatever it is told to. */
export function isInterpreter(path: string, id: FileId): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (NAMED.test(name) || LOADER.test(name)) return true;
  return WELL_KNOWN.some((known) => fileBehind(known) === id);
}
