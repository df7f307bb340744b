#!/usr/bin/env node
"use strict";
// ssh and sudo run one program, without arguments of its own, with the prompt: it may begin with a dash.
process.argv.splice(2, 0, "askpass", "--");
require("./agent.js");
