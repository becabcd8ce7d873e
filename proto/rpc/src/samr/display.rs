//! Lists for people to look at ([MS-SAMR] 3.1.5.3).

use crate::ndr::{operation, structure, union};
use crate::{ByteString, ContextHandle, Counted, Enumeration, Text};

structure! {
    /// [MS-SAMR] 2.2.8.2 SAMPR_DOMAIN_DISPLAY_USER
    DisplayUser { index: u32, rid: u32, control: u32, name: Text, comment: Text, full_name: Text, }
}
structure! {
    /// [MS-SAMR] 2.2.8.3 SAMPR_DOMAIN_DISPLAY_MACHINE
    DisplayMachine { index: u32, rid: u32, control: u32, name: Text, comment: Text, }
}
structure! {
    /// [MS-SAMR] 2.2.8.4 SAMPR_DOMAIN_DISPLAY_GROUP
    DisplayGroup { index: u32, rid: u32, attributes: u32, name: Text, comment: Text, }
}
structure! {
    /// [MS-SAMR] 2.2.8.5 SAMPR_DOMAIN_DISPLAY_OEM_USER, 2.2.8.6 SAMPR_DOMAIN_DISPLAY_OEM_GROUP
    DisplayOem { index: u32, name: ByteString, }
}
union! {
    /// [MS-SAMR] 2.2.8.13 SAMPR_DISPLAY_INFO_BUFFER
    DisplayInformation {
        1 => Users(Counted<DisplayUser>),
        2 => Machines(Counted<DisplayMachine>),
        3 => Groups(Counted<DisplayGroup>),
        4 => OemUsers(Counted<DisplayOem>),
        5 => OemGroups(Counted<DisplayOem>),
    }
}

operation! {
    /// [MS-SAMR] 3.1.5.3.3 SamrQueryDisplayInformation
    40 QueryDisplayRequest { domain: ContextHandle, class: Enumeration, index: u32, entries: u32, preferred_length: u32, }
    => QueryDisplayResponse { available: u32, returned: u32, information: DisplayInformation, }
}
operation! {
    /// [MS-SAMR] 3.1.5.3.5 SamrGetDisplayEnumerationIndex
    41 DisplayIndexRequest { domain: ContextHandle, class: Enumeration, prefix: Text, }
    => DisplayIndexResponse { index: u32, }
}
operation! {
    /// [MS-SAMR] 3.1.5.3.2 SamrQueryDisplayInformation2
    48 QueryDisplay2Request { domain: ContextHandle, class: Enumeration, index: u32, entries: u32, preferred_length: u32, }
    => QueryDisplay2Response { available: u32, returned: u32, information: DisplayInformation, }
}
operation! {
    /// [MS-SAMR] 3.1.5.3.4 SamrGetDisplayEnumerationIndex2
    49 DisplayIndex2Request { domain: ContextHandle, class: Enumeration, prefix: Text, }
    => DisplayIndex2Response { index: u32, }
}
operation! {
    /// [MS-SAMR] 3.1.5.3.1 SamrQueryDisplayInformation3
    51 QueryDisplay3Request { domain: ContextHandle, class: Enumeration, index: u32, entries: u32, preferred_length: u32, }
    => QueryDisplay3Response { available: u32, returned: u32, information: DisplayInformation, }
}

impl Default for DisplayInformation {
    fn default() -> Self {
        Self::Users(Box::default())
    }
}
