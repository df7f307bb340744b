// Serves the agent's pipe as somebody else would: under Wine an owner can be made up, on Windows it cannot.
import { agentLocations } from "@sotto/client";
import { api, attributesOf, withDescriptor } from "@sotto/client/win32";

const [, , home, owner] = process.argv;
const { socket } = agentLocations({ home });
const pipe = withDescriptor(`O:${owner}D:P(A;;FA;;;WD)`, (sd) =>
  api.createNamedPipe(socket, 3, 8, 255, 65536, 65536, 0, attributesOf(sd)),
);
console.log(pipe === -1 ? `failed ${api.getLastError()}` : "squatting");
setInterval(() => undefined, 1000);
