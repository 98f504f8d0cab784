use webwx_image::error::{ErrorKind, Place};
use webwx_image::image::{Action, ImageInfo, Metadata, Part, Stripped, Stripping, inspect};

const HERE: Place = Place::at("here");

/// `image::Stripping` of any file that is taken for a picture: it is the same picture afterwards, and nothing is left to take out.
pub fn strip_metadata(bytes: &[u8]) {
    let Ok(info) = inspect(HERE, bytes) else { return };
    let Some((stripped, made)) = strip(bytes, &info, 64 * 1024) else { return };
    let by_parts = strip(bytes, &info, 8).map(|(_, made)| made);
    assert!(by_parts.as_ref() == Some(&made), "8 bytes at once");

    // What is shorter has a head and no pixels, and is read as nothing.
    if made.len() < 12 {
        return;
    }
    let after = inspect(HERE, &made).expect("still a picture");
    assert_eq!(ImageInfo { size: info.size, ..after.clone() }, info);
    let (nothing, same) = strip(&made, &after, 64 * 1024).expect("of the same kind");
    assert!(same == made && nothing.removed.is_empty() && !nothing.had_location, "{nothing:?}");

    // One that became shorter since it was inspected.
    let half = &bytes[..bytes.len() / 2];
    strip(half, &info, 64 * 1024);
    let lost = bytes.len() - made.len().min(bytes.len());
    let told: u32 = stripped.removed.iter().map(|removed| removed.bytes).sum();
    assert!(told as usize >= lost, "{told} of {lost} bytes are told");
}

/// What is taken out of a file, and what is left of it.
fn strip(bytes: &[u8], info: &ImageInfo, at_once: u32) -> Option<(Stripped, Vec<u8>)> {
    let is_known = !matches!(info.mime, "image/tiff" | "image/avif" | "image/heic");
    let mut stripping = match Stripping::new(HERE, info) {
        Ok(stripping) => stripping.reading(at_once),
        Err(error) => {
            assert!(!is_known && error.kind() == ErrorKind::InvalidInput, "{error}");
            return None;
        }
    };
    let stripped = loop {
        match stripping.next_action() {
            Action::Read { offset, length } => {
                let (start, end) = (offset as usize, offset as usize + length as usize);
                assert!(start < end && end as u64 <= info.size && length <= at_once, "{start} to {end}");
                stripping.handle(bytes[start.min(bytes.len())..end.min(bytes.len())].to_vec());
            }
            Action::Done(outcome) => break outcome.expect("a file of few pieces"),
        }
    };
    let (mut made, mut at) = (Vec::new(), 0);
    for part in &stripped.parts {
        assert!(part.length() > 0);
        match part {
            Part::Kept(range) => {
                assert!(at <= range.start && u64::from(range.end) <= info.size, "{range:?} behind {at}");
                made.extend(bytes.iter().take(range.end as usize).skip(range.start as usize));
                at = range.end;
            }
            Part::Made(piece) => made.extend(piece),
        }
    }
    let kinds: Vec<Metadata> = stripped.removed.iter().map(|removed| removed.kind).collect();
    assert!(kinds.iter().all(|kind| kinds.iter().filter(|other| other == &kind).count() == 1), "{kinds:?}");
    Some((stripped, made))
}
