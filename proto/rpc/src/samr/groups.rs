//! Group objects ([MS-SAMR] 3.1.5.4.2, 3.1.5.5.3, 3.1.5.6.2, 3.1.5.7.1, 3.1.5.8).

use crate::ndr::{operation, structure, union};
use crate::{ContextHandle, Counted, Enumeration, Text};

structure! {
    /// [MS-SAMR] 2.2.4.3 SAMPR_GROUP_GENERAL_INFORMATION
    GroupGeneralInformation { name: Text, attributes: u32, members: u32, comment: Text, }
}
union! {
    /// [MS-SAMR] 2.2.4.7 SAMPR_GROUP_INFO_BUFFER
    GroupInformation {
        1 => General(GroupGeneralInformation),
        2 => Name(Text),
        3 => Attributes(u32),
        4 => Comment(Text),
        5 => Replication(GroupGeneralInformation),
    }
}
structure! {
    /// [MS-SAMR] 2.2.7.13 SAMPR_GET_MEMBERS_BUFFER
    GroupMembers { count: u32, members: Option<Vec<u32>>, attributes: Option<Vec<u32>>, }
}
structure! {
    /// [MS-SAMR] 2.2.7.12 GROUP_MEMBERSHIP
    GroupMembership { rid: u32, attributes: u32, }
}

operation! {
    /// [MS-SAMR] 3.1.5.4.2 SamrCreateGroupInDomain
    10 CreateGroupRequest { domain: ContextHandle, name: Text, access: u32, }
    => CreateGroupResponse { group: ContextHandle, rid: u32, }
}
operation! {
    /// [MS-SAMR] 3.1.5.1.7 SamrOpenGroup
    19 OpenGroupRequest { domain: ContextHandle, access: u32, rid: u32, }
    => OpenGroupResponse { group: ContextHandle, }
}
operation! {
    /// [MS-SAMR] 3.1.5.5.3 SamrQueryInformationGroup
    20 QueryGroupRequest { group: ContextHandle, class: Enumeration, }
    => QueryGroupResponse { information: Option<GroupInformation>, }
}
operation! {
    /// [MS-SAMR] 3.1.5.6.2 SamrSetInformationGroup
    21 SetGroupRequest { group: ContextHandle, class: Enumeration, information: GroupInformation, }
    => SetGroupResponse { }
}
operation! {
    /// [MS-SAMR] 3.1.5.8.1 SamrAddMemberToGroup
    22 AddGroupMemberRequest { group: ContextHandle, rid: u32, attributes: u32, } => AddGroupMemberResponse { }
}
operation! {
    /// [MS-SAMR] 3.1.5.7.1 SamrDeleteGroup
    23 DeleteGroupRequest { group: ContextHandle, } => DeleteGroupResponse { group: ContextHandle, }
}
operation! {
    /// [MS-SAMR] 3.1.5.8.2 SamrRemoveMemberFromGroup
    24 RemoveGroupMemberRequest { group: ContextHandle, rid: u32, } => RemoveGroupMemberResponse { }
}
operation! {
    /// [MS-SAMR] 3.1.5.8.3 SamrGetMembersInGroup
    25 GroupMembersRequest { group: ContextHandle, } => GroupMembersResponse { members: Option<GroupMembers>, }
}
operation! {
    /// [MS-SAMR] 3.1.5.13.6 SamrSetMemberAttributesOfGroup
    26 SetMemberAttributesRequest { group: ContextHandle, rid: u32, attributes: u32, }
    => SetMemberAttributesResponse { }
}
operation! {
    /// [MS-SAMR] 3.1.5.9.1 SamrGetGroupsForUser
    39 GroupsForUserRequest { user: ContextHandle, }
    => GroupsForUserResponse { groups: Option<Counted<GroupMembership>>, }
}
