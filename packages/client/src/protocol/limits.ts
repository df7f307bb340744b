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
