/** The platform of every system that has no file of its own: it never falls back to "allow". */
function refuse(): never {
  throw new Error(`the agent does not run on ${process.platform}: it could not tell who is asking`);
}

export const platform = (): never => refuse();
export const fileObjection = (): never => refuse();
export const cutFile = (): never => refuse();
export const openFolder = (): never => refuse();
export const groupId = (): never => refuse();
