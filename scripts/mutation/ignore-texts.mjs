/** A change to what only people read, in a table of errors or in the operational log, breaks no promise. */
const READ_BY_PEOPLE = new Set(["text", "hint"]);
const LOG_METHODS = new Set(["info", "warn", "error", "fatal"]);

const isText = ({ node, parent }) =>
  node.type === "StringLiteral" && parent?.type === "ObjectProperty" && READ_BY_PEOPLE.has(parent.key.name);

const isLogged = ({ node, parent }) =>
  node.type === "StringLiteral" &&
  parent?.type === "CallExpression" &&
  LOG_METHODS.has(parent.callee.property?.name);

const shouldIgnore = (path) => (isText(path) || isLogged(path) ? "only people read it" : undefined);

export const strykerPlugins = [{ kind: "Ignore", name: "texts", value: { shouldIgnore } }];
