//! Which hosts are private: this machine, or one of a network that is not the world's. A name tells no more than it says: what it
//! resolves to, and where its server leads, is not known here.

use crate::text::split_last;

/// Whether a URL's host, in lower case, is a private one. `true` also for numbers that are no address: no fetch takes them.
pub(crate) fn is_private(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[') {
        return !is_public_v6(address);
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    let (rest, last) = split_last(host, b'.').unwrap_or(("", host));
    if number(last).is_some() || (!last.is_empty() && last.bytes().all(|b| b.is_ascii_digit())) {
        return !v4(host).is_some_and(is_public_v4);
    }
    rest.is_empty() || matches!(last, "localhost" | "local" | "localdomain" | "internal")
}

/// Addresses of the world are 2000::/3. Of these, 6to4 and Teredo hold an IPv4 address.
fn is_public_v6(address: &str) -> bool {
    let mut groups = address.split(':');
    let (first, second) = (groups.next().unwrap_or_default(), groups.next().unwrap_or_default());
    let is_teredo = first == "2001" && second.bytes().all(|b| b == b'0');
    first.len() == 4 && first.starts_with(['2', '3']) && first != "2002" && !is_teredo
}

fn is_public_v4(address: u32) -> bool {
    let [a, b, ..] = address.to_be_bytes();
    !matches!(
        (a, b),
        (0 | 10 | 127 | 224.., _) | (100, 64..=127) | (169, 254) | (172, 16..=31) | (192, 168) | (198, 18 | 19)
    )
}

/// An IPv4 address in any of the forms that URLs may have: one to four numbers, of which the last stands for all bytes that are left.
fn v4(host: &str) -> Option<u32> {
    let mut address = 0_u64;
    let mut bits_left = 32;
    let mut parts = host.split('.').peekable();
    while let Some(part) = parts.next() {
        let bits = if parts.peek().is_some() { 8 } else { bits_left };
        let value = number(part).filter(|value| bits > 0 && value >> bits == 0)?;
        bits_left = u32::checked_sub(bits_left, bits)?;
        address |= value << bits_left;
    }
    u32::try_from(address).ok()
}

/// A number as URLs have it: decimal, octal behind 0, hexadecimal behind 0x.
fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some("") => Some(0),
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None if text.len() > 1 && text.starts_with('0') => u64::from_str_radix(text, 8).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_hosts() {
        for host in [
            "localhost",
            "localhost.",
            "a.localhost",
            "printer",
            "printer.local",
            "localhost.localdomain",
            "a.internal.",
            "127.0.0.1",
            "127.0.0.1.",
            "127.1",
            "127.0.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "017700000001",
            "0",
            "0.0.0.0",
            "0x",
            "10.1.2.3",
            "012.1.2.3",
            "100.64.0.1",
            "169.254.169.254",
            "0xa9fea9fe",
            "2852039166",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "192.168.257",
            "3232235777",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            // No addresses at all.
            "1.2.3.4.5",
            "256.1.1.1",
            "1.2.3.256",
            "4294967296",
            "1..2",
            "09",
            "1.2.3.08",
            "99999999999999999999999",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "[fe80::1]",
            "[fc00::1]",
            "[fd12:3456::1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[2001::1]",
            "[2001:0:1::]",
            "[ff02::1]",
            "[0:0:0:0:0:0:0:1]",
            "[2::1]",
            "[200::1]",
        ] {
            assert!(is_private(host), "{host}");
        }
        for host in [
            "example.com",
            "example.com.",
            "127.0.0.1.example.com",
            "localhost.example",
            "1.example",
            "0x7f.example",
            "8.8.8.8",
            "134744072",
            "0x08080808",
            "172.15.0.1",
            "172.32.0.1",
            "100.63.0.1",
            "100.128.0.1",
            "192.167.1.1",
            "169.253.1.1",
            "223.255.255.255",
            "8.1",
            "8.8.2056",
            "[2606:4700::1111]",
            "[3fff::1]",
            "[2001:db8::1]",
        ] {
            assert!(!is_private(host), "{host}");
        }
    }
}
