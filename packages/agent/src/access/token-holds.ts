import type { TokenInfo } from "@sotto/client/protocol";

/** Whether a token is good for a uid at a time, in milliseconds since 1970. */
export const tokenHolds = ({ uid, expires }: TokenInfo, peerUid: number, time: number): boolean =>
  (uid === undefined || uid === peerUid) && (expires === undefined || time < expires);
