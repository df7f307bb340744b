/** Limits of the wire protocol. Both ends enforce them; PROTOCOL.md repeats them. */

/** The protocol version that this code speaks, sent as `v` in every request. */
export const PROTOCOL_VERSION = 1;

const KIB = 1024;

/** Bytes before the header: `u32be headerLength | u32be payloadLength`. */
export const PREFIX_BYTES = 8;
/** Longest header, in bytes. */
export const MAX_HEADER_BYTES = 16 * KIB;
/** Longest payload of any frame, in bytes: the longest value of a secret. */
export const MAX_PAYLOAD_BYTES = 1024 * KIB;
/** Longest passphrase, recovery code or token, in bytes. */
export const MAX_PASSPHRASE_BYTES = KIB;
/** Deepest nesting of a header; the header map itself is depth 1. */
export const MAX_DEPTH = 8;

/** Longest name of a secret, in bytes. */
export const MAX_NAME_BYTES = 255;
/** Most attributes of one secret. */
export const MAX_ATTRIBUTES = 32;
/** Longest key of an attribute, in characters. */
export const MAX_ATTRIBUTE_KEY = 64;
/** Longest value of an attribute, in UTF-8 bytes. */
export const MAX_ATTRIBUTE_BYTES = KIB;
/** All attributes of one secret together, keys and values in UTF-8 bytes; a reply carries them in one header. */
export const MAX_ATTRIBUTES_BYTES = 8 * KIB;
/** A rule takes at most this many bytes as msgpack, so that a reply can always carry it. */
export const MAX_RULE_BYTES = 8 * KIB;
/** The description of a peer takes at most this many bytes as msgpack: the reply carries it back, beside a page of rules. */
export const MAX_DESCRIPTION_BYTES = 6 * KIB;
/** Most elements of one kind in a rule, and most ancestors in the description of a peer. */
export const MAX_OF_A_KIND = 32;
/** Longest path in a rule, in UTF-8 bytes. */
export const MAX_PATH_BYTES = KIB;
/** Longest label of a token, in characters. */
export const MAX_TOKEN_LABEL = 64;
/**
 * Most fetches that a rate may allow in its time (the agent remembers the moment of each), and the longest such time in
 * milliseconds: 366 days.
 */
export const MAX_RATE = 10_000;
export const MAX_RATE_MS = 366 * 86_400_000;
/** The last moment of the year 9999, in milliseconds since 1970: RFC 3339 knows no later year. */
export const LONGEST_TIME_MS = 253_402_300_799_999;
/** Checkpoints of the audit in one request. */
export const MAX_CHECKPOINTS = 64;
/** Bytes of a token before its encoding as base64url, and after. */
export const TOKEN_BYTES = 32;
export const TOKEN_CHARACTERS = 43;
/** Longest label of a slot, in UTF-8 bytes. */
export const MAX_LABEL_BYTES = 64;

/** A new connection must send its first byte within this many milliseconds. */
export const FIRST_BYTE_MS = 5_000;
/** A frame that has started, in either direction, must be complete within this many milliseconds. */
export const FRAME_MS = 10_000;
/** A connection without a request in progress is closed after this many milliseconds. */
export const IDLE_MS = 60_000;
/** Longest wait for an unlock that one `wait` request may ask for, in milliseconds. */
export const MAX_WAIT_MS = 10 * 60_000;
/** Connections that one uid may hold at a time. */
export const MAX_CONNECTIONS_PER_UID = 32;
/** Connections that the agent holds at a time. */
export const MAX_CONNECTIONS = 256;
/** Connections above one of those limits that may wait to be served, and for how many milliseconds: then they are told `busy`. */
export const MAX_WAITING_CONNECTIONS = 512;
export const PLACE_WAIT_MS = 500;
