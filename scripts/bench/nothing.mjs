/** Loaded into an agent to change nothing: so two agents differ only in what is compared. */
