import { platform } from "./platform/index.ts";

/**
 * Why an open file may not hold a secret of this user's: `owner`, it belongs to another one; `mode`, others may read or
 * change it, as its mode says, or on Windows its access list. undefined: nothing speaks against it.
 */
export const secretFileObjection = (fd: number): "owner" | "mode" | undefined =>
  platform.secretFileObjection(fd);
