//! What happens, told on standard output.

use super::Lost;
use super::meaning::GRE;
use anyhow::Result;
use lanward_vpn::DialUp;
use serde_json::{Value, json};
use std::io::{Write as _, stdout};
use std::time::Duration;

/// For people or for programs.
pub(super) struct Line {
    pub(super) json: bool,
}

impl Line {
    fn say(&self, text: &str, value: &Value) -> Result<()> {
        let mut out = stdout().lock();
        match self.json {
            true => writeln!(out, "{value}")?,
            false => writeln!(out, "{text}")?,
        }
        Ok(out.flush()?)
    }

    pub(super) fn calling(&self, host: &str) -> Result<()> {
        self.say(&format!("calling {host}"), &json!({ "event": "calling", "host": host }))
    }

    pub(super) fn up(&self, interface: &str, up: &DialUp) -> Result<()> {
        let encryption = up.encryption.as_deref().unwrap_or("no encryption");
        let servers: Vec<_> = up.dns.iter().map(ToString::to_string).collect();
        let dns =
            if servers.is_empty() { String::new() } else { format!(", name servers {}", servers.join(" ")) };
        let text = format!("up: {interface} has {} ({encryption}){dns}", up.address);
        let mut value = json!({ "event": "up", "interface": interface });
        if let (Value::Object(value), Ok(Value::Object(more))) = (&mut value, serde_json::to_value(up)) {
            value.extend(more);
        }
        self.say(&text, &value)
    }

    pub(super) fn blocked(&self) -> Result<()> {
        self.say(GRE, &json!({ "event": "gre-blocked" }))
    }

    pub(super) fn over(&self, lost: &Lost) -> Result<()> {
        let mut value = json!({ "event": "over", "reason": lost.reason });
        if let (Some(meaning), Some(value)) = (lost.meaning, value.as_object_mut()) {
            value.insert("meaning".to_owned(), meaning.into());
        }
        self.say(&format!("over: {lost}"), &value)
    }

    pub(super) fn waiting(&self, wait: Duration) -> Result<()> {
        let seconds = wait.as_secs_f32();
        self.say(
            &format!("calling again in {seconds:.0} s"),
            &json!({ "event": "waiting", "seconds": seconds }),
        )
    }
}
