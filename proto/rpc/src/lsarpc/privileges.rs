//! What privileges there are ([MS-LSAD] 3.1.4.8).

use crate::ndr::{operation, structure};
use crate::{ContextHandle, Counted, Text};

structure! {
    /// [MS-DTYP] 2.3.7 LUID
    #[derive(Default)]
    Luid { low: u32, high: u32, }
}
structure! {
    /// [MS-LSAD] 2.2.8.1 LSAPR_POLICY_PRIVILEGE_DEF
    PrivilegeDefinition { name: Text, value: Luid, }
}

operation! {
    /// [MS-LSAD] 3.1.4.8.1 LsarEnumeratePrivileges
    2 EnumeratePrivilegesRequest { policy: ContextHandle, resume: u32, preferred_length: u32, }
    => EnumeratePrivilegesResponse { resume: u32, privileges: Counted<PrivilegeDefinition>, }
}
operation! {
    /// [MS-LSAD] 3.1.4.8.2 LsarLookupPrivilegeValue
    31 LookupPrivilegeValueRequest { policy: ContextHandle, name: Text, }
    => LookupPrivilegeValueResponse { value: Luid, }
}
operation! {
    /// [MS-LSAD] 3.1.4.8.3 LsarLookupPrivilegeName
    32 LookupPrivilegeNameRequest { policy: ContextHandle, value: Luid, }
    => LookupPrivilegeNameResponse { name: Option<Text>, }
}
operation! {
    /// [MS-LSAD] 3.1.4.8.4 LsarLookupPrivilegeDisplayName
    33 LookupPrivilegeDisplayNameRequest { policy: ContextHandle, name: Text, language: u16, default_language: u16, }
    => LookupPrivilegeDisplayNameResponse { display_name: Option<Text>, language: u16, }
}
