/** "Nobody" stands for every user of a foreign namespace; 2^32-1 means "no such id" to the kernel. */
const NOBODY = new Set([65_534, 0xffff_ffff]);

/** True for the uids that no rule is for: who has one is refused when it connects. */
export const isNobody = (uid: number): boolean => NOBODY.has(uid);
