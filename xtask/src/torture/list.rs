//! Suite lists: one suite a line, `NAME [+serial] [smbtorture options]`, `#` starts a comment.

use super::Address;

/// A suite to run.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Suite {
    pub(super) name: String,
    /// It changes server-wide state and runs with no other beside it in the serial queue.
    pub(super) serial: bool,
    pub(super) options: Vec<String>,
}

/// Reads a list; `{user2}`, `{password}` and `{dir}` in options stand for the server's second account, the
/// password of all accounts, and the directory behind the share.
pub(super) fn parse(text: &str, address: &Address) -> Vec<Suite> {
    text.lines().filter_map(|line| suite(line, address)).collect()
}

fn suite(line: &str, address: &Address) -> Option<Suite> {
    let line = line.split('#').next()?;
    let mut words = line.split_whitespace();
    let name = words.next()?.to_owned();
    let (marks, options): (Vec<&str>, Vec<&str>) = words.partition(|word| word.starts_with('+'));
    let filled = |option: &str| {
        option
            .replace("{user2}", &address.second_user)
            .replace("{password}", &address.password)
            .replace("{dir}", &address.directory)
    };
    let options = options.into_iter().map(filled).collect();
    Some(Suite { name, serial: marks.contains(&"+serial"), options })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_options_and_comments_are_told_apart() {
        let address = Address {
            host: String::new(),
            port: String::new(),
            user: String::new(),
            password: "pw".to_owned(),
            share: String::new(),
            directory: "/d".to_owned(),
            second_user: "u".to_owned(),
        };
        let text =
            "# all\nsmb2.lock\n\nsmb2.x +serial --option=a:b={dir} --option=c={user2}%{password} # why\n";
        let suites = parse(text, &address);
        assert_eq!(suites.len(), 2);
        assert_eq!(suites[0], Suite { name: "smb2.lock".to_owned(), serial: false, options: vec![] });
        assert!(suites[1].serial);
        assert_eq!(suites[1].options, ["--option=a:b=/d", "--option=c=u%pw"]);
    }
}
