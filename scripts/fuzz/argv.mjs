// libFuzzer starts itself anew to merge a corpus, by the name of its program: that of the C library's loader would not do.
process.argv[0] = process.env.SOTTO_FUZZ_NODE;
