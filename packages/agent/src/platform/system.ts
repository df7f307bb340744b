/** What runs on this system; of the others nothing is loaded. A single program is built for one, and has that one instead. */
export const { platform, fileObjection, openFolder, cutFile, groupId } = await load();

function load(): Promise<
  typeof import("./linux.ts") | typeof import("./windows.ts") | typeof import("./refusing.ts")
> {
  if (process.platform === "linux") return import("./linux.ts");
  return process.platform === "win32" ? import("./windows.ts") : import("./refusing.ts");
}
