"""That nobody is known whom nobody needs to know, on the real parts."""
