// Prints where a job looks for its agent: with a chosen home, and without.
import { jobSockets } from "@sotto/client";

const [, , home] = process.argv;
console.log(JSON.stringify([jobSockets({ home }), jobSockets({})]));
