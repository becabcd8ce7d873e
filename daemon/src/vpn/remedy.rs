//! What to do about calls that come to nothing.

/// What an administrator can do where calls fail for this reason, if there is something.
pub(crate) fn remedy(reason: &str) -> Option<&'static str> {
    let remedy = match reason {
        "authentication-failed" => {
            "the password is wrong, or the account disabled or locked: the log says \"Not let in\" and which"
        }
        "not-permitted" => {
            "the account may not dial in at all (`lanward user set NAME --dial-in true`) or at this hour, or has as many sessions as `sessions-per-user` allows"
        }
        "password-expired" => {
            "the password is too old: the user changes it, or `lanward user passwd NAME` does"
        }
        "authentication-method-refused" => {
            "no common way to log on: have the client use MS-CHAPv2, or look at `mschap-v1` and `eap` in [vpn]"
        }
        "authentication-timeout" => {
            "the client stopped in the middle of the logon, or nobody judged it in time"
        }
        "encryption-required" | "encryption-timeout" => {
            "the client does not encrypt, or with less than 128 bits: turn encryption on there (\"require encryption\", `require-mppe-128`), or look at `weak-keys` and `stateful` in [vpn]"
        }
        "establish-timeout" => {
            "no data came: let GRE (IP protocol 47) through on the way, in both directions"
        }
        "address-refused" => "the client asks for an address of its own: let the server give one",
        "call-refused" => {
            "there are as many sessions as `max-sessions` allows, or no address is left in `pool`"
        }
        "start-timeout" | "bad-magic" | "bad-length" | "bad-message-type" | "unknown-message" => {
            "what connects is no PPTP client: a scanner, or another program at the wrong port"
        }
        _ => return None,
    };
    Some(remedy)
}

#[cfg(test)]
mod tests {
    use super::remedy;
    use lanward_ppp::tunnel::CloseReason;

    #[test]
    fn what_an_administrator_meets_first_has_a_remedy() {
        let known: Vec<_> =
            CloseReason::all().map(CloseReason::name).filter(|name| remedy(name).is_some()).collect();
        for name in [
            "authentication-failed",
            "not-permitted",
            "authentication-method-refused",
            "encryption-required",
            "establish-timeout",
        ] {
            assert!(known.contains(&name), "{name}");
        }
        assert_eq!(known.len(), 15, "each is a reason's name: {known:?}");
        assert_eq!(remedy("peer"), None);
    }
}
