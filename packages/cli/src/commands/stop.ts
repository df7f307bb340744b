/** `agent stop` */
export { stopAgent as run } from "../launcher/stop-agent.ts";
