//! Apple's extensions: what a Mac asks with its first open of a share.

use lanward_smb2::messages::{AaplQuery, AaplRequest, AaplResponse, AaplVolumeCapabilities};
use lanward_wire::{Decode, Encode, Reader, Writer};

/// The Mac whose picture the Finder shows for this server.
const MODEL: &str = "Xserve";

/// The data that answers an `AAPL` create context; `None` for what is no question of the server's.
pub(super) fn answer(data: &[u8], takes_backups: bool) -> Option<Vec<u8>> {
    let query = AaplRequest::decode(&mut Reader::new(data)).ok()?.query;
    let asked = |what| query.contains(what);
    let synced =
        if takes_backups { AaplVolumeCapabilities::FULL_SYNC } else { AaplVolumeCapabilities::empty() };
    let response = AaplResponse {
        server_capabilities: asked(AaplQuery::SERVER_CAPABILITIES).then_some(0),
        // FLUSH is answered when everything is on the disk, on every share; a Mac offers to back up to those that say so.
        volume_capabilities: asked(AaplQuery::VOLUME_CAPABILITIES).then_some(synced),
        model: asked(AaplQuery::MODEL).then(|| MODEL.into()),
    };
    let mut bytes = Vec::new();
    response.encode(&mut Writer::new(&mut bytes));
    Some(bytes)
}
