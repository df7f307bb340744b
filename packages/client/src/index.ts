/** The client library of Sotto: fetch a secret from the agent, use it for a moment, forget it. */
export type { CallOptions, GetOptions, RequestOptions } from "./client.ts";
export { Client } from "./client.ts";
export type { ConnectOptions } from "./connect.ts";
export { connect } from "./connect.ts";
export type { GetSecretOptions } from "./jobs.ts";
export { getSecret, withSecret } from "./jobs.ts";
export type { Locations, PathFlags } from "./paths.ts";
export { agentLocations, jobSockets } from "./paths.ts";
export type { Answer } from "./pending.ts";
export type { ErrorCode, LocalErrorCode, LocalReason } from "./protocol/errors.ts";
export type { Attributes } from "./protocol/fields.ts";
export type { ErrorDetails, ReplyOf, RequestOf, Verb, Verbs } from "./protocol/verbs.ts";
export { Secret } from "./secret.ts";
export { secretBuffer, secretCopy } from "./secret-buffer.ts";
export { SottoError } from "./sotto-error.ts";
export type { WaitOptions } from "./wait.ts";
export { waitForUnlock } from "./wait.ts";
export { wipe } from "./wipe.ts";
