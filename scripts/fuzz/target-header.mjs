/** The header of a frame: scanner and decoder, the request or reply in it, and writing it again. */
import * as protocol from "../../packages/client/dist/protocol/index.js";
import { must, mustBeSame, outcome, plain } from "./oracle.mjs";
import { HEADER, read } from "./second-reader.mjs";

const { ERRORS, MAX_HEADER_BYTES, PROTOCOL_VERSION, ProtocolError } = protocol;
const REPLY_VERBS = ["status", "get", "show", "rules", "slots", "tokens", "explain", "list"];

/** The code, where the text is the constant one. */
const codeOf = (error) =>
  error instanceof ProtocolError && error.message === ERRORS[error.code].text ? error.code : undefined;

/**
 * @param code the functions under test, the real ones unless a test breaks some of them
 * @returns a function that says what became of its input, `accept` or a reason, and throws a `Finding`
 */
export function headerTarget(code = {}) {
  const { unpack, pack, decodeRequest, decodeReply, encodeHeader } = { ...protocol, ...code };
  const requestOf = (header) =>
    outcome(() => decodeRequest(header), ["bad-request", "unsupported-version"], codeOf);
  return (bytes) => {
    if (bytes.length > MAX_HEADER_BYTES) return "too-large";
    const second = read(bytes, HEADER);
    const { verdict, value } = outcome(() => unpack(bytes), ["bad-frame", "bad-request"], codeOf);
    must(verdict === second.verdict, `the scanner says ${verdict}, the second reader ${second.verdict}`);
    if (verdict !== "accept") return verdict;
    mustBeSame(value, second.value, "the two readers read different things");
    mustBeSame(unpack(pack(value)), value, "written again it reads differently");
    const verb = REPLY_VERBS[bytes.length % REPLY_VERBS.length];
    outcome(() => decodeReply(verb, value), ["bad-frame", "bad-request"], codeOf);
    const request = requestOf(value);
    if (request.verdict !== "accept") return request.verdict;
    const { id, verb: asked, fields } = request.value;
    const whole = { v: PROTOCOL_VERSION, id, verb: asked, ...fields };
    mustBeSame(plain(whole), plain(value), "the request is not what its header says");
    const again = unpack(encodeHeader(whole));
    mustBeSame(requestOf(again).value, request.value, "the request written again is another one");
    return verdict;
  };
}
