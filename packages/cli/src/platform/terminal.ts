interface Place {
  /** Read, and its echo switched off. */
  readonly input: string;
  readonly output: string;
  /** Whether a key can stop the process, and what lies in the terminal unread can be read without waiting. */
  readonly stops: boolean;
}

const UNIX: Place = { input: "/dev/tty", output: "/dev/tty", stops: true };
const CONSOLE: Place = { input: String.raw`\\.\CONIN$`, output: String.raw`\\.\CONOUT$`, stops: false };

/** Where the terminal is that this process belongs to, whatever its stdin and stdout are. */
export const TERMINAL = process.platform === "win32" ? CONSOLE : UNIX;
