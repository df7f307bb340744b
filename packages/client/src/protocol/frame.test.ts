import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frameOf, hex, outcome } from "../test-support/bytes.ts";
import { ProtocolError } from "./errors.ts";
import { FRAME_SCRATCH_BYTES, FrameDecoder, frameHead } from "./frame.ts";
import { MAX_HEADER_BYTES, MAX_PAYLOAD_BYTES } from "./limits.ts";

/** Keeps what a decoder finds, as one text for each frame. */
class Recorder {
  readonly frames: string[] = [];
  readonly scratch = Buffer.alloc(FRAME_SCRATCH_BYTES);
  readonly decoder: FrameDecoder;
  #open = "";

  constructor(keepGoing = () => true, judge: (payloadLength: number) => void = () => undefined) {
    this.decoder = new FrameDecoder(
      {
        header: (bytes, length) => {
          judge(length);
          this.#open = `${Buffer.from(bytes).toString("latin1")}+${length}:`;
        },
        payload: (part) => (this.#open += Buffer.from(part).toString("latin1")),
        end: () => {
          this.frames.push(this.#open);
          return keepGoing();
        },
      },
      this.scratch,
    );
  }
}

const abc = frameOf(Buffer.from("abc"), Buffer.from("payload"));
const bare = frameOf(Buffer.from("x"));

describe("FrameDecoder", () => {
  it("reads a whole frame", () => {
    const { decoder, frames } = new Recorder();
    expect(decoder.push(abc)).toBe(abc.length);
    expect(frames).toEqual(["abc+7:payload"]);
    expect(decoder.midFrame).toBe(false);
  });

  it("B6: reads the same frame at every split in two", () => {
    for (let at = 0; at <= abc.length; at++) {
      const { decoder, frames } = new Recorder();
      decoder.push(abc.subarray(0, at));
      expect(decoder.midFrame).toBe(at > 0 && at < abc.length);
      decoder.push(abc.subarray(at));
      expect(frames).toEqual(["abc+7:payload"]);
    }
  });

  it("B6: reads the same frame byte by byte", () => {
    const { decoder, frames } = new Recorder();
    for (const byte of abc) decoder.push(Buffer.from([byte]));
    expect(frames).toEqual(["abc+7:payload"]);
  });

  it("B7: reads several frames in one chunk, in order", () => {
    const { decoder, frames } = new Recorder();
    decoder.push(Buffer.concat([abc, bare, abc]));
    expect(frames).toEqual(["abc+7:payload", "x+0:", "abc+7:payload"]);
  });

  it("reads any stream of frames however it is cut", () => {
    const part = fc.uint8Array({ minLength: 1, maxLength: 40 });
    const frames = fc.array(fc.tuple(part, fc.uint8Array({ maxLength: 40 })), { maxLength: 6 });
    fc.assert(
      fc.property(frames, fc.array(fc.nat(30), { minLength: 1, maxLength: 20 }), (list, cuts) => {
        const stream = Buffer.concat(list.map(([header, payload]) => frameOf(header, payload)));
        const whole = new Recorder();
        whole.decoder.push(stream);
        const cut = new Recorder();
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const next = at + 1 + (cuts[turn % cuts.length] ?? 0);
          cut.decoder.push(stream.subarray(at, next));
          at = next;
        }
        expect(cut.frames).toEqual(whole.frames);
        expect(whole.frames.length).toBe(list.length);
      }),
    );
  });

  it("stops after a frame when the sink asks for it, and says how far it came", () => {
    const { decoder, frames } = new Recorder(() => false);
    expect(decoder.push(Buffer.concat([abc, bare]))).toBe(abc.length);
    expect(frames).toEqual(["abc+7:payload"]);
  });

  it("never keeps a byte of the payload", () => {
    for (let at = 0; at <= abc.length; at++) {
      const { decoder, scratch } = new Recorder();
      decoder.push(abc.subarray(0, at));
      decoder.push(abc.subarray(at));
      expect(scratch.includes("p")).toBe(false);
    }
  });

  it("lets the sink judge the payload before a byte of it is given", () => {
    const refuse = (length: number): void => {
      if (length > 0) throw new ProtocolError("too-large");
    };
    const { decoder, frames } = new Recorder(undefined, refuse);
    decoder.push(bare);
    expect(outcome(() => decoder.push(abc))).toBe("too-large");
    expect(frames).toEqual(["x+0:"]);
  });
});

it("frameHead writes what stands before a payload, which the decoder reads back", () => {
  const head = frameHead(Buffer.from("abc"), 7);
  expect(head.toString("hex")).toBe("0000000300000007616263");
  const { decoder, frames } = new Recorder();
  decoder.push(Buffer.concat([head, Buffer.from("payload")]));
  expect(frames).toEqual(["abc+7:payload"]);
});

describe("lengths", () => {
  const feed = (bytes: Buffer): string => outcome(() => new Recorder().decoder.push(bytes));
  const feedSlowly = (bytes: Buffer): string => {
    const { decoder } = new Recorder();
    return outcome(() => {
      for (const byte of bytes) decoder.push(Buffer.from([byte]));
    });
  };

  it.each([
    ["B3: a header of no bytes", "00000000 00000000", "bad-frame"],
    ["B3: a header of no bytes before a payload", "00000000 00000005", "bad-frame"],
    ["B4: a header of 4 GiB", "ffffffff 00000000", "too-large"],
    ["B5: a header of 16,385 bytes", "00004001 00000000", "too-large"],
    ["B5: a payload of 1 MiB and 1 byte", "00000001 00100001", "too-large"],
    ["a payload of 4 GiB", "00000001 ffffffff", "too-large"],
  ])("%s is refused on the first 8 bytes", (_title, digits, code) => {
    expect(feed(hex(digits))).toBe(code);
    expect(feedSlowly(hex(digits))).toBe(code);
  });

  it("takes the longest header and the longest payload", () => {
    const { decoder, frames } = new Recorder();
    decoder.push(frameOf(Buffer.alloc(MAX_HEADER_BYTES, "h"), Buffer.alloc(MAX_PAYLOAD_BYTES, "p")));
    expect(frames.map((one) => one.length)).toEqual([
      MAX_HEADER_BYTES + "+1048576:".length + MAX_PAYLOAD_BYTES,
    ]);
  });
});
