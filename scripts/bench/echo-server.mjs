/** The limit of what Node's own sockets can do: answers each chunk with itself. Started with the path to listen on. */
import { createServer } from "node:net";

createServer((socket) => {
  socket.on("error", () => undefined);
  socket.on("data", (chunk) => socket.write(chunk));
}).listen({ path: process.argv[2], backlog: 4096 }, () => console.log("ready"));
