// Fetches one secret with the library, as a job does, and prints it.
import { agentLocations, withSecret } from "@sotto/client";

const [, , home, name] = process.argv;
const { socket } = agentLocations({ home });
await withSecret(name, ({ bytes }) => console.log(`value ${bytes.toString()}`), { socket });
