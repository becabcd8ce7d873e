//! What a reason means to who called.

/// Of data that does not come.
pub(super) const GRE: &str = "no data comes: something on the way drops GRE (IP protocol 47), which must be let through in both directions";

/// What a person can make of this reason for the end of a call, if there is more to say.
pub(super) fn meaning(reason: &str) -> Option<&'static str> {
    let meaning = match reason {
        "authentication-failed" => "the server does not take this name with this password",
        "not-permitted" => {
            "the account may not dial in there, or not at this hour, or has as many lines as it may have"
        }
        "password-expired" => "the password is too old: it must be changed there first",
        "authentication-method-refused" => {
            "the server asks for the password in a way that gives it away, and gets none"
        }
        "authentication-timeout" => "nobody there judged the logon in time",
        "server-not-authentic" => "who answers does not know the password: it is not the server",
        "encryption-required" | "encryption-timeout" => {
            "the server does not encrypt, or not as it must here: --weak-keys, --stateful and --allow-plain ask for less"
        }
        "establish-timeout" => GRE,
        "address-refused" => "the server gives no address that this machine could have",
        "network-timeout" => "the server and this machine did not agree on addresses",
        "call-refused-by-peer" | "no-resource" => "the server takes no more calls",
        "not-authorized" => "the server takes no calls from this machine",
        "start-timeout" | "bad-magic" | "bad-length" | "bad-message-type" | "unknown-message" | "version" => {
            "what answers there is no PPTP server"
        }
        "connection-lost" => {
            "the connection broke off: where that is at once, it is no PPTP server, or one that takes no calls from this machine"
        }
        "echo-timeout" | "control-echo-timeout" => "the server is silent",
        "peer" | "peer-cleared" | "peer-disconnected" | "peer-stopped" => "the server hung up",
        _ => return None,
    };
    Some(meaning)
}

#[cfg(test)]
mod tests {
    use super::meaning;
    use lanward_ppp::tunnel::CloseReason;

    #[test]
    fn each_is_the_name_of_a_reason() {
        let known: Vec<_> =
            CloseReason::all().map(CloseReason::name).filter(|name| meaning(name).is_some()).collect();
        for name in
            ["authentication-failed", "not-permitted", "establish-timeout", "server-not-authentic", "peer"]
        {
            assert!(known.contains(&name), "{name}");
        }
        assert_eq!(known.len(), 27, "each is a reason's name: {known:?}");
    }
}
