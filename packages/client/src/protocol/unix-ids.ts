/** The highest uid or gid: 2^32-1 is "no such id" to the kernel (setresuid(2)). */
export const MAX_UNIX_ID = 0xffff_fffe;

/** "Nobody" stands for every user of a foreign namespace; the other one is no such id. */
const NOBODY = new Set([65_534, MAX_UNIX_ID + 1]);

/** True for the uids that no rule is for: who has one is refused when it connects. */
export const isNobody = (uid: number): boolean => NOBODY.has(uid);
