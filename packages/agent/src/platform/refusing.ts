/** The platform of every system that has no file of its own: it never falls back to "allow". */
export function refusingPlatform(name: string): never {
  throw new Error(`the agent does not run on ${name}: it could not tell who is asking`);
}
