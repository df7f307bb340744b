import type { SlotKind, TokenInfo } from "@sotto/client/protocol";
import type { Rule } from "../access/rule.ts";
import type { Token } from "./contents.ts";
import { FakeKeeper } from "./fake-keeper.test.helper.ts";
import { depsOf, MemoryStore, platform, setting } from "./kit.test.helper.ts";
import {
  damagedHeaders,
  damagedKept,
  damagedPayloads,
  damagedSlots,
  PASSPHRASE,
} from "./broken-vectors.test.helper.ts";
import { forge, inside, packed, pad } from "./reference.test.helper.ts";
import { hashToken } from "./token.ts";
import { Vault } from "./vault.ts";

/** A vault file, and how an unlock of it must end. */
export interface Vector {
  readonly file: Buffer;
  readonly comment: string;
  /** `accept`, `weak-kdf`, `wrong-passphrase`, or `vault-damaged` and its reason. */
  readonly expect: string;
  readonly kind: SlotKind;
  readonly passphrase: string;
  /** For a kind whose key a system keeps, instead: that key, in hexadecimal. */
  readonly key?: string;
  /** For `accept`: everything that must come out. Values in hexadecimal. */
  readonly contents?: {
    readonly secrets: readonly {
      readonly name: string;
      readonly attributes: Readonly<Record<string, string>>;
      readonly versions: readonly {
        readonly number: number;
        readonly created: number;
        readonly value: string;
      }[];
    }[];
    readonly rules: readonly Rule[];
    /** Left out where there is none. */
    readonly tokens?: readonly (TokenInfo & { readonly hash: string })[];
  };
}

const CREATED = 1_700_000_000_000;
const RULES: readonly Rule[] = [
  { id: "0a1b", created: CREATED, selector: "db/**", may: ["get"], uids: [0, 4_294_967_294] },
  {
    id: "ff",
    created: 0,
    selector: "mail/password",
    may: ["get", "set"],
    users: [{ name: "backup", id: 34 }],
    gids: [5],
    groups: [{ name: "ops", id: 2_147_483_648 }],
  },
];

/** Every condition that a rule can have, one that was used up, and one of each kind of identity alone. */
const CONDITIONS: readonly Rule[] = [
  {
    id: "c0",
    created: CREATED,
    selector: "db/main",
    may: ["get"],
    uids: [1000],
    users: [{ name: "batch", id: 1000 }],
    gids: [5],
    groups: [{ name: "ops", id: 6 }],
    units: ["backup.service", "nightly@a\\x2db.scope"],
    tokens: ["nightly", "weekly.v2"],
    exes: ["/usr/bin/python3.11", "/opt/a b/é"],
    interpreter: true,
    sha256s: ["0".repeat(63) + "f"],
    ancestors: ["/usr/sbin/cron"],
    windows: ["Mon-Fri 02:00-02:15 Europe/Berlin", "22:00-24:00 UTC"],
    rate: { count: 5, perMs: 3_600_000 },
    once: true,
    expires: 253_402_300_799_999,
    used: CREATED + 1,
  },
  { id: "c1", created: CREATED, selector: "db/**", may: ["get"], units: ["a.service"], once: false },
  { id: "c2", created: CREATED, selector: "db/**", may: ["get"], tokens: ["nightly"], expires: 0 },
];
/** The hash of a token is of its 43 characters; anyone can compute it: `printf %s TOKEN | b2sum -l 256`. */
const TOKENS: readonly Token[] = [
  { label: "nightly", hash: hashToken(Buffer.alloc(43, "A")), created: CREATED },
  { label: "weekly.v2", hash: hashToken(Buffer.alloc(43, "_")), created: 0, uid: 4_294_967_294, expires: 1 },
];

type Secrets = NonNullable<Vector["contents"]>["secrets"];

const secret = (
  name: string,
  values: readonly Buffer[],
  attributes: Record<string, string> = {},
): Secrets[number] => ({
  name,
  attributes,
  versions: values.map((value, i) => ({ number: i + 1, created: CREATED, value: value.toString("hex") })),
});

const SECRETS = [
  secret("mail/password", [Buffer.from("first"), Buffer.from("other")], {
    username: "app",
    url: "imaps://é",
  }),
  secret("db/main", [Buffer.from("s3cret")]),
];
const VALUES = [
  secret("empty", [Buffer.alloc(0)]),
  secret("bytes", [Buffer.from([0, 0xff, 0xfe, 0x0a, 0xc0, 0xaf])]),
  secret("chunk", [Buffer.alloc(8192, 0x61)]),
  secret("two-chunks", [Buffer.alloc(8193, 0x62)]),
];

/** A vault with these contents. */
async function vaultWith(
  secrets: Secrets,
  rules: readonly Rule[],
  prepare: (vault: Vault) => Promise<unknown> = () => Promise.resolve(),
  keeper?: FakeKeeper,
): Promise<{ file: Buffer; recoveryCode: string }> {
  const store = new MemoryStore();
  const deps = depsOf(store, keeper && { platform: { ...platform, keeper } });
  const made = await Vault.create(deps, Buffer.from(PASSPHRASE), { recovery: true });
  const { vault, recoveryCode } = made;
  for (const { name, attributes, versions } of secrets)
    for (const { value } of versions)
      await vault.update(setting(vault, name, Buffer.from(value, "hex"), attributes));
  await vault.update((now) => ({ ...now, rules }));
  await prepare(vault);
  vault.destroy();
  const code = String(recoveryCode?.bytes);
  recoveryCode?.destroy();
  return { file: await store.load(), recoveryCode: code };
}

const accept = (
  comment: string,
  file: Buffer,
  contents: NonNullable<Vector["contents"]>,
  passphrase = PASSPHRASE,
): Vector => ({ comment, expect: "accept", kind: "passphrase", passphrase, contents, file });

/** All vectors by name. Each of those to be refused is wrong in one thing. */
export async function makeVectors(): Promise<ReadonlyMap<string, Vector>> {
  const base = await vaultWith(SECRETS, RULES);
  return new Map([
    ...(await accepted(base)),
    ...(await acceptedPermissions()),
    ...(await kept()),
    ...damagedHeaders(base.file),
    ...damagedSlots(base.file, (await vaultWith([], [])).file),
    ...damagedPayloads(base.file),
  ]);
}

async function accepted(base: { file: Buffer; recoveryCode: string }): Promise<[string, Vector][]> {
  const contents = { secrets: SECRETS, rules: RULES };
  const empty = await vaultWith([], []);
  const values = await vaultWith(VALUES, []);
  const slots = await vaultWith([], [], async (vault) => {
    for (const text of ["2", "3", "4"])
      await vault.addSlot("passphrase", `slot é ${text}`, Buffer.from(`passphrase ${text}`));
  });
  const removed = await vaultWith(SECRETS, RULES, (vault) => vault.removeSlot(vault.slots[1]?.id ?? ""));
  const { fileKey, payload } = inside(base.file, PASSPHRASE);
  const encoded = forge(base.file, fileKey, { plain: pad(packed(payload)) });
  const spoken = base.recoveryCode
    .toLowerCase()
    .replaceAll("-", " ")
    .replaceAll("0", "o")
    .replaceAll("1", "i");
  return [
    ["accept", accept("secrets with attributes and versions, rules", base.file, contents)],
    [
      "accept-recovery",
      {
        ...accept("the recovery code as a person might type it", base.file, contents, spoken),
        kind: "recovery",
      },
    ],
    ["accept-empty", accept("nothing in it", empty.file, { secrets: [], rules: [] })],
    [
      "accept-values",
      accept("no bytes, any bytes, one whole chunk, two chunks", values.file, { secrets: VALUES, rules: [] }),
    ],
    [
      "accept-fourth-slot",
      accept("four passphrases, opened by the last", slots.file, { secrets: [], rules: [] }, "passphrase 4"),
    ],
    ["accept-new-file-key", accept("after a slot was removed", removed.file, contents)],
    ["accept-other-encoding", accept("containers with heads of other widths", encoded, contents)],
  ];
}

/** Slots whose key a system keeps: what it made of the key is nothing that another system could read. */
async function kept(): Promise<[string, Vector][]> {
  const keeper = new FakeKeeper();
  const add = async (vault: Vault): Promise<void> => {
    await vault.addSlot("dpapi-user", "batch");
    await vault.addSlot("dpapi-machine", "");
    await vault.addSlot("passphrase", "after them", Buffer.from("passphrase 2"));
  };
  const { file } = await vaultWith(SECRETS, RULES, add, keeper);
  const contents = { secrets: SECRETS, rules: RULES };
  const byKey = (index: number, kind: SlotKind): Vector => ({
    ...{
      comment: "opened by the key that DPAPI keeps",
      expect: "accept",
      kind,
      passphrase: "",
      contents,
      file,
    },
    key: keeper.keys[index]?.key.toString("hex") ?? "",
  });
  return [
    [
      "accept-dpapi",
      accept("two slots kept by DPAPI, opened by the one after", file, contents, "passphrase 2"),
    ],
    ["accept-dpapi-user", byKey(0, "dpapi-user")],
    ["accept-dpapi-machine", byKey(1, "dpapi-machine")],
    ...damagedKept(file),
  ];
}

/** What decides who may have what. */
async function acceptedPermissions(): Promise<[string, Vector][]> {
  const conditions = await vaultWith([], CONDITIONS);
  const tokens = await vaultWith([], [], (vault) => vault.update((now) => ({ ...now, tokens: TOKENS })));
  const shown = TOKENS.map((token) => ({ ...token, hash: token.hash.toString("hex") }));
  return [
    [
      "accept-rule-conditions",
      accept("rules with every condition", conditions.file, { secrets: [], rules: CONDITIONS }),
    ],
    [
      "accept-token",
      accept("tokens, one for a uid and until a time", tokens.file, {
        secrets: [],
        rules: [],
        tokens: shown,
      }),
    ],
  ];
}
