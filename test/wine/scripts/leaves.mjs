// Connects, and when a file appears writes the start of a request and ends at once.
import { existsSync } from "node:fs";
import { Socket } from "node:net";
import { agentLocations } from "@sotto/client";
import { descriptorFor, openPipe } from "@sotto/client/win32";

const [, , home] = process.argv;
const { socket } = agentLocations({ home });
const connection = new Socket({ fd: descriptorFor(openPipe(socket)), readable: true, writable: true });
console.log("connected");
setInterval(() => {
  if (existsSync(`${home}.go`)) connection.write(Buffer.from([0, 0, 1, 0, 0]), () => process.exit());
}, 20);
