/**
 * `node scripts/bench/flame.mjs`: where the time of a fetch goes inside the agent. Profiles an agent that answers fetches
 * on a warm connection, and writes docs/flame-fetch.svg: a box a function, as wide as its share of the time, callers below.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect } from "@sotto/client";
import { fillHome } from "./fill-home.mjs";
import { PASSPHRASE, runAgent, startOpenAgent } from "./processes.mjs";

const FETCHES = 60_000;
const OUT = fileURLToPath(new URL("../../docs/flame-fetch.svg", import.meta.url));
const [WIDTH, HEIGHT, LEAST] = [1200, 17, 0.004];
const IDLE = new Set(["(idle)", "(program)", "(garbage collector)", "(root)"]);

const folder = mkdtempSync(join(tmpdir(), "sotto-flame-"));
try {
  writeFileSync(OUT, render(await profile(folder)));
  console.log(`written: ${OUT}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function profile(home) {
  await fillHome(home, { count: 1, valueBytes: 32, passphrase: PASSPHRASE, uid: process.getuid() });
  const nothing = fileURLToPath(new URL("nothing.mjs", import.meta.url));
  const agent = await startOpenAgent(home, nothing, ["--cpu-prof", `--cpu-prof-dir=${home}/profile`]);
  await runAgent(home, ["unlock"], { passphrase: PASSPHRASE });
  const client = await connect({ socket: `${home}/agent.sock` });
  for (let i = 0; i < FETCHES; i++) (await client.get("load/0")).dispose();
  client.close();
  await agent.end();
  await agent.ended;
  const [file] = readdirSync(`${home}/profile`);
  return JSON.parse(readFileSync(`${home}/profile/${file}`, "utf8"));
}

/** The tree of calls with the samples of each and of all below it; calls of the same function are one. */
function treeOf({ nodes, samples }) {
  const own = new Map();
  for (const id of samples) own.set(id, (own.get(id) ?? 0) + 1);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const build = (ids) => {
    const merged = new Map();
    for (const node of ids.map((id) => byId.get(id))) {
      const { functionName, url, lineNumber } = node.callFrame;
      if (IDLE.has(functionName)) continue;
      const name = `${functionName || "(anonymous)"} ${url.split("/").slice(-2).join("/")}${url === "" ? "" : `:${lineNumber + 1}`}`;
      const one = merged.get(name) ?? { name, ids: [], self: 0 };
      one.ids.push(...(node.children ?? []));
      one.self += own.get(node.id) ?? 0;
      merged.set(name, one);
    }
    return [...merged.values()].map(({ name, ids, self }) => {
      const children = build(ids);
      return { name, children, total: children.reduce((sum, child) => sum + child.total, self) };
    });
  };
  const root = nodes.find((node) => node.callFrame.functionName === "(root)");
  const children = build(root.children);
  return { name: "all", children, total: children.reduce((sum, child) => sum + child.total, 0) };
}

function render(profileOf) {
  const tree = treeOf(profileOf);
  const boxes = [];
  const place = (node, x, depth) => {
    const share = node.total / tree.total;
    if (share < LEAST) return;
    boxes.push({ name: node.name, x, depth, share });
    let at = x;
    for (const child of node.children.sort((a, b) => b.total - a.total)) {
      place(child, at, depth + 1);
      at += (child.total / tree.total) * WIDTH;
    }
  };
  place(tree, 0, 0);
  const deepest = Math.max(...boxes.map(({ depth }) => depth));
  const height = (deepest + 1) * HEIGHT;
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="11">`;
  return `${head}\n${boxes.map((box) => draw(box, deepest)).join("\n")}\n</svg>\n`;
}

function draw({ name, x, depth, share }, deepest) {
  const width = share * WIDTH;
  const y = (deepest - depth) * HEIGHT;
  const hue = name.includes("node:") || name.includes("internal/") ? 210 : 30;
  const label = width < 30 ? "" : escape(name.slice(0, Math.floor(width / 6.8)));
  const text = label === "" ? "" : `<text x="${(x + 2).toFixed(1)}" y="${y + 12}">${label}</text>`;
  const title = `<title>${escape(name)}: ${(share * 100).toFixed(1)} %</title>`;
  return `<g>${title}<rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(width - 0.5, 0.5).toFixed(1)}" height="${HEIGHT - 1}" fill="hsl(${hue},70%,${70 + (depth % 3) * 5}%)"/>${text}</g>`;
}

function escape(text) {
  return text.replace(/[&<>]/g, (one) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[one]);
}
