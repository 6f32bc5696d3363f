"""Software bills of materials as inventories: CycloneDX and SPDX, in JSON."""
