"""Where runs are carried out: a protocol (`base`), child processes (`local`), threads (`inline`)."""
