//! [MS-DFSC]: asking where the parts of a distributed file system are, and the answers, as bytes and as values.

mod decode;
mod request;
mod response;

pub use decode::{DecodedReferral, DecodedReferrals};
pub use request::ReferralRequest;
pub use response::{NameList, Referrals};
