//! Apple's extensions: what a Mac asks with its first open of a share.

use lanward_smb2::messages::{
    AaplCapabilities, AaplQuery, AaplRequest, AaplResponse, AaplVolumeCapabilities,
};
use lanward_wire::{Decode, Encode, Reader, Writer};

/// The Mac whose picture the Finder shows for this server.
const MODEL: &str = "Xserve";

/// What this server can do for a Mac.
const CAPABILITIES: AaplCapabilities = AaplCapabilities::READ_DIR_ATTR.union(AaplCapabilities::COPYFILE);

/// The data that answers an `AAPL` create context, and what client and server can both do from here on; `None` for what is no question of
/// the server's.
pub(super) fn answer(data: &[u8], takes_backups: bool) -> Option<(Vec<u8>, AaplCapabilities)> {
    let AaplRequest { query, client_capabilities } = AaplRequest::decode(&mut Reader::new(data)).ok()?;
    let both = client_capabilities & CAPABILITIES;
    let asked = |what| query.contains(what);
    let synced =
        if takes_backups { AaplVolumeCapabilities::FULL_SYNC } else { AaplVolumeCapabilities::empty() };
    let response = AaplResponse {
        server_capabilities: asked(AaplQuery::SERVER_CAPABILITIES).then_some(both),
        // FLUSH is answered when everything is on the disk, on every share; a Mac offers to back up to those that say so.
        volume_capabilities: asked(AaplQuery::VOLUME_CAPABILITIES).then_some(synced),
        model: asked(AaplQuery::MODEL).then(|| MODEL.into()),
    };
    let mut bytes = Vec::new();
    response.encode(&mut Writer::new(&mut bytes));
    Some((bytes, if asked(AaplQuery::SERVER_CAPABILITIES) { both } else { AaplCapabilities::empty() }))
}
