//! [MS-DTYP] 2.4: security descriptors, access control lists and their entries.
