import { chmodSync, copyFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DRIVE_C, EXE_FOLDER } from "./wine.ts";

/** The one program as somebody unpacked it, in a folder of its own on drive C. */
export class Installed implements Disposable {
  readonly folder = mkdtempSync(join(DRIVE_C, "Sotto with a space-"));
  readonly exe = join(this.folder, "agent.exe");

  constructor() {
    chmodSync(this.folder, 0o755);
    for (const name of readdirSync(EXE_FOLDER)) copyFileSync(join(EXE_FOLDER, name), join(this.folder, name));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}
