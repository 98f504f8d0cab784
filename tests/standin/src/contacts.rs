//! The people whom the account knows, as the page's model has them.

use serde::Serialize;

use crate::ids::Ids;

/// Where the page's own names begin: apart from those of the world, which stay the same whatever the page shows.
const APART: u64 = 0x70a6_e000;

/// One contact, with the members that the page's model has.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Contact {
    pub(crate) user_name: String,
    /// HTML: emoji are elements, and `&` is escaped.
    nick_name: String,
    /// The account's own name for them, which comes first; HTML too.
    remark_name: String,
    /// Of a group; empty where the page has not asked for them yet.
    member_list: Vec<Member>,
}

impl Contact {
    /// The member of a group who is nobody's contact: the last.
    pub(crate) fn stranger(&self) -> &str {
        self.member_list.last().map_or("", |member| &member.user_name)
    }
}

/// One member of a group.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Member {
    user_name: String,
    /// As the service sends it: emoji are `<span>` here.
    nick_name: String,
}

/// All contacts, of whom the first three are given: a person, a group, and the file helper.
///
/// The others have the names that are hard to read: an emoji and nothing else, emoji of two code points, and a group
/// without a name.
pub(crate) fn contacts(given: [String; 3], seed: u64) -> Vec<Contact> {
    let mut ids = Ids::new(seed ^ APART);
    let mut person = || format!("@{}", ids.hex(64));
    let [ann, hikers, file_helper] = given;
    let (smile, team, stranger) = (person(), person(), person());
    let unnamed = format!("@{}", person());
    let member = |user_name: &str, nick_name: &str| Member { user_name: user_name.into(), nick_name: nick_name.into() };
    let members = vec![
        member(&ann, "Ann <span class=\"emoji emoji1f33b\"></span>"),
        member(&smile, "<span class=\"emoji emoji1f604\"></span>"),
        member(&stranger, "Bo &amp; <span class=\"emoji emoji1f44b\"></span>"),
    ];
    let contact = |user_name: String, nick_name: String, remark_name: &str| Contact {
        user_name,
        nick_name,
        remark_name: remark_name.into(),
        member_list: Vec::new(),
    };
    let flag_and_key = format!("Team {} {}", emoji("1f1e81f1f3", ""), emoji("3120e3", ""));
    vec![
        contact(ann, "Ann <span class=\"emoji emoji1f33b\"></span>".into(), ""),
        contact(hikers, "Hiking &amp; more".into(), "Hikers"),
        contact(file_helper, "File Transfer".into(), ""),
        contact(smile, emoji("1f604", "\u{e415}"), ""),
        contact(team, "Team".into(), &flag_and_key),
        Contact { member_list: members, ..contact(unnamed, String::new(), "") },
    ]
}

/// An emoji as the page puts it in the place of the service's `<span>`: `letter` is its old private-use character,
/// where it has one.
fn emoji(code: &str, letter: &str) -> String {
    format!("<img class=\"emoji emoji{code}\" text=\"{letter}_web\" src=\"{SPACER}\" />")
}

/// The picture without a point in it that the page shows where a style draws the emoji.
pub(crate) const SPACER: &str = "/zh_CN/htmledition/v2/images/spacer.gif";
