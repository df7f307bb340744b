// Opens more connections than one account may have, and prints what became of each.
import { agentLocations, connect } from "@sotto/client";

const { socket } = agentLocations({ home: process.argv[2] });
const clients = [];
const ends = [];
for (let i = 0; i < 34; i++) {
  try {
    const client = await connect({ socket, timeoutMs: 30_000 });
    await client.request("status", {}, { timeoutMs: 30_000 });
    clients.push(client);
    ends.push("served");
  } catch (error) {
    ends.push(error.code);
  }
}
for (const client of clients) client.close();
console.log(JSON.stringify(ends));
