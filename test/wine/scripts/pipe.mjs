// Prints the descriptor of the agent's pipe as a client reads it back, and the one that the agent asks for.
import { agentLocations } from "@sotto/client";
import { api, descriptorOf, meaningOf, openPipe } from "@sotto/client/win32";
import { pipeDescriptor } from "../../../packages/agent/dist/platform/windows-pipe.js";

const { socket } = agentLocations({ home: process.argv[2] });
const pipe = openPipe(socket);
console.log(JSON.stringify({ found: descriptorOf(pipe), asked: meaningOf(pipeDescriptor()) }));
api.closeHandle(pipe);
