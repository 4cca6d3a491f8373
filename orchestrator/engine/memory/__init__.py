"""An engine without a database: the ports on dictionaries. Nothing here survives the process."""
