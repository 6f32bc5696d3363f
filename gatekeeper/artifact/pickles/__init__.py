"""The pickle machine: the opcodes of protocols 0 to 5 followed symbolically, without executing what they ask for."""
