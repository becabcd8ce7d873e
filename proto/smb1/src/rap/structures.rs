//! The DataDesc of each structure, by its information level ([MS-RAP] 2.3).

use super::Descriptor;

macro_rules! structures {
    ($($(#[$doc:meta])* $name:ident: $($level:literal => $text:literal,)*;)*) => {
        $($(#[$doc])*
        #[must_use]
        pub const fn $name(level: u16) -> Option<Descriptor<'static>> {
            Some(Descriptor::new(match level {
                $($level => $text,)*
                _ => return None,
            }))
        })*
    };
}

structures! {
    /// 2.5.6.3 NetShareInfo0 to NetShareInfo2
    share: 0 => "B13", 1 => "B13BWz", 2 => "B13BWzWWWzB9B",;
    /// 2.5.5.4 NetServerInfo0 and NetServerInfo1
    server: 0 => "B16", 1 => "B16BBDz",;
    /// 2.5.8.3 NetUserInfo0 to NetUserInfo11
    user: 0 => "B21",
        1 => "B21BB16DWzzWz",
        2 => "B21BB16DWzzWzDzzzzDDDDWb21WWzWW",
        10 => "B21Bzzz",
        11 => "B21BzzzWDDzzDDWWzWzDWb21W",;
    /// 2.5.10.4.1 NetWkstaInfo10
    workstation: 10 => "zzzBBzz",;
    /// 2.5.10.4.3 NetWkstaUserLogonResponseData
    logon: 1 => "WB21BWDWWDDDDDDDzzzD",;
    /// 2.5.10.4.5 NetWkstaUserLogoffResponseData
    logoff: 1 => "WDW",;
    /// SESSION_INFO_2 of LAN Manager, and those that are less
    session: 0 => "z", 1 => "zzWWWDDD", 2 => "zzWWWDDDz", 10 => "zzDD",;
    /// CONNECTION_INFO_0 and CONNECTION_INFO_1 of LAN Manager
    connection: 0 => "W", 1 => "WWWWDzz",;
    /// FILE_INFO_0 to FILE_INFO_3 of LAN Manager; the older ones have a shorter id.
    file: 0 => "W", 1 => "WWWzz", 2 => "D", 3 => "DWWzz",;
    /// GROUP_INFO_0 and GROUP_INFO_1 of LAN Manager
    group: 0 => "B21", 1 => "B21Bz",;
    /// SERVICE_INFO_0 to SERVICE_INFO_2 of LAN Manager
    service: 0 => "B16", 1 => "B16WDW", 2 => "B16WDWB64",;
    /// 2.5.7.1.1 PrintQueue0 to PrintQueue5
    print_queue: 0 => "B13", 1 => "B13BWWWzzzzzWW", 2 => "B13BWWWzzzzzWN", 3 => "zWWWWzzzzWWzzl", 4 => "zWWWWzzzzWNzzl", 5 => "z",;
    /// 2.5.7.4.1 PrintJobInfo0 to PrintJobInfo3
    print_job: 0 => "W", 1 => "WB21BB16B10zWWzDDz", 2 => "WWzWWDDzz", 3 => "WWzWWDDzzzzzzzzzzlz",;
    /// PRDINFO of LAN Manager
    print_destination: 0 => "B9", 1 => "B9B21WWzW", 2 => "z", 3 => "zzzWWzzzWW",;
}

/// 2.5.9.2.1 TimeOfDayInfo
pub const TIME_OF_DAY: Descriptor<'static> = Descriptor::new("DDBBBBWWBBWB");

/// A member of a list of members: GROUP_USERS_INFO_0 of LAN Manager
pub const MEMBER: Descriptor<'static> = Descriptor::new("B21");
