use super::ShareInfo;
use crate::information::union;
use crate::ndr::{Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-SRVS] 3.1.4.10 NetrShareGetInfo (Opnum 16), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShareGetInfoRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// NetName
    pub name: NtString,
    /// The level of the structure to return.
    pub level: u32,
}

/// [MS-SRVS] 3.1.4.10 NetrShareGetInfo (Opnum 16), what the server returns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShareGetInfoResponse {
    /// The level of the structure.
    pub level: u32,
    /// The share, if there is one and the level exists.
    pub share: Option<ShareInfo>,
    /// A Win32 error.
    pub status: u32,
}

impl Arguments for ShareGetInfoRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.string("NetName", &mut self.name)?;
        n.u32("Level", &mut self.level)
    }
}

impl Arguments for ShareGetInfoResponse {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        union(&mut self.level, &mut self.share, n)?;
        n.u32("status", &mut self.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;
    use crate::srvsvc::ShareType;
    use crate::{NdrReader, NdrWriter};

    fn encode(response: &ShareGetInfoResponse) -> Vec<u8> {
        let mut bytes = Vec::new();
        response.encode(&mut NdrWriter::starting_at(&mut bytes, 0x0002_0004));
        bytes
    }

    /// What rpcclient sends for `netsharegetinfo disk 502`.
    #[test]
    fn a_request() {
        let bytes = hex("00000200 0a000000 00000000 0a000000 3100320037002e0030002e0030002e0031000000
            05000000 00000000 05000000 6400690073006b000000 0000 f6010000");
        let request =
            ShareGetInfoRequest { server_name: Some("127.0.0.1".into()), name: "disk".into(), level: 502 };
        assert_eq!(ShareGetInfoRequest::decode(&mut NdrReader::new(&bytes)), Ok(request.clone()));
        let mut encoded = Vec::new();
        request.encode(&mut NdrWriter::new(&mut encoded));
        assert_eq!(encoded, bytes);
    }

    /// As Samba answers, names shortened: for IPC$ at level 1, for a disk at level 502 and 1005, and for a share that is not there.
    #[test]
    fn responses() {
        let ipc = hex(
            "01000000 04000200 08000200 03000080 0c000200 05000000 00000000 05000000 4900500043002400 0000
            0000 05000000 00000000 05000000 4900500043002100 0000 0000 00000000",
        );
        let share = ShareInfo {
            name: Some("IPC$".into()),
            share_type: ShareType::IPC | ShareType::SPECIAL,
            remark: Some("IPC!".into()),
            ..ShareInfo::default()
        };
        let disk = hex("f6010000 04000200 08000200 00000000 0c000200 00000000 ffffffff 01000000 10000200 14000200
            00000000 00000000 05000000 00000000 05000000 6400690073006b000000 0000 01000000 00000000 01000000 0000 0000
            03000000 00000000 03000000 43003a000000 0000 01000000 00000000 01000000 0000 0000 00000000");
        let disk_info = ShareInfo {
            name: Some("disk".into()),
            remark: Some(NtString::default()),
            max_uses: u32::MAX,
            current_uses: 1,
            path: Some("C:".into()),
            password: Some(NtString::default()),
            ..ShareInfo::default()
        };
        let cases = [
            (ipc, ShareGetInfoResponse { level: 1, share: Some(share), status: 0 }),
            (disk, ShareGetInfoResponse { level: 502, share: Some(disk_info), status: 0 }),
            (
                hex("ed030000 04000200 00000000 00000000"),
                ShareGetInfoResponse { level: 1005, share: Some(ShareInfo::default()), status: 0 },
            ),
            (hex("01000000 00000000 7b000000"), ShareGetInfoResponse { level: 1, share: None, status: 0x7b }),
        ];
        for (bytes, response) in cases {
            assert_eq!(ShareGetInfoResponse::decode(&mut NdrReader::new(&bytes)), Ok(response.clone()));
            assert_eq!(encode(&response), bytes);
        }
    }

    #[test]
    fn every_level_reads_what_it_wrote() {
        for level in [0, 1, 2, 501, 502, 503, 1004, 1005, 1006, 1501] {
            let full = ShareInfo {
                name: Some("n".into()),
                share_type: ShareType::IPC,
                remark: None,
                permissions: 1,
                max_uses: 2,
                current_uses: 3,
                path: Some("path".into()),
                password: None,
                server_name: Some("*".into()),
                security_descriptor: Some(vec![1, 2, 3]),
                flags: 4,
            };
            let once = encode(&ShareGetInfoResponse { level, share: Some(full), status: 5 });
            let decoded = ShareGetInfoResponse::decode(&mut NdrReader::new(&once)).unwrap();
            assert_eq!((decoded.status, encode(&decoded) == once), (5, true), "level {level}");
        }
        let unknown = ShareGetInfoResponse { level: 77, share: Some(ShareInfo::default()), status: 124 };
        assert_eq!(encode(&unknown), hex("4d000000 7c000000"));
        let decoded = ShareGetInfoResponse::decode(&mut NdrReader::new(&encode(&unknown)));
        assert_eq!(decoded, Ok(ShareGetInfoResponse { share: None, ..unknown }));
    }
}
