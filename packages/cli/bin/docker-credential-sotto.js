#!/usr/bin/env node
"use strict";
// docker runs docker-credential-NAME with one operation: https://github.com/docker/docker-credential-helpers
process.argv.splice(2, 0, "docker-credential");
require("./agent.js");
