// Connects, sends half a frame and stays there: to be killed.
import { Socket } from "node:net";
import { agentLocations } from "@sotto/client";
import { descriptorFor, openPipe } from "@sotto/client/win32";

const { socket } = agentLocations({ home: process.argv[2] });
const connection = new Socket({ fd: descriptorFor(openPipe(socket)), readable: true, writable: true });
connection.write(Buffer.from([0, 0, 1, 0, 0]), () => console.log("hanging"));
connection.on("close", () => console.log("closed"));
setInterval(() => undefined, 1000);
