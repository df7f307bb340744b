// Waits for an unlock over a connection that stands, and prints how that ends.
import { agentLocations, connect } from "@sotto/client";

const { socket } = agentLocations({ home: process.argv[2] });
const client = await connect({ socket });
console.log("connected");
try {
  await client.request("wait", { timeoutMs: 60_000 }, { timeoutMs: 90_000 });
  console.log("ended well");
} catch (error) {
  console.log(`ended ${error.code}`);
}
