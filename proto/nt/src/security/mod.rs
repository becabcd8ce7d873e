//! [MS-DTYP] 2.4: security descriptors, access control lists and their entries.

mod access_check;
mod ace;
mod acl;
mod audit;
mod change;
mod descriptor;
mod inherit;
mod token;

pub use access_check::{Reason, Step, examine, granted};
pub use ace::{Ace, AceBody, AceType};
pub use acl::Acl;
pub use audit::audits;
pub use descriptor::SecurityDescriptor;
pub use token::{Privileges, Token};

use bitflags::bitflags;

bitflags! {
    /// [MS-DTYP] 2.4.7 SECURITY_INFORMATION: which parts of a descriptor are meant. Unknown bits are kept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct SecurityInformation: u32 {
        /// OWNER_SECURITY_INFORMATION
        const OWNER = 0x01;
        /// GROUP_SECURITY_INFORMATION
        const GROUP = 0x02;
        /// DACL_SECURITY_INFORMATION
        const DACL = 0x04;
        /// SACL_SECURITY_INFORMATION
        const SACL = 0x08;
        /// LABEL_SECURITY_INFORMATION
        const LABEL = 0x10;
        const _ = !0;
    }
}
