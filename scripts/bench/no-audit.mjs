/** Loaded into an agent to leave its audit out: what a fetch costs without it. */
import { Audit } from "../../packages/agent/dist/audit/audit.js";
import { Session } from "../../packages/agent/dist/access/session.js";

Audit.prototype.write = () => true;
Audit.prototype.writeInTurn = () => true;
Audit.prototype.ready = () => true;
Session.prototype.describe = () => undefined;
