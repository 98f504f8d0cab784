use webwx_image::error::{ErrorKind, Place};
use webwx_image::image::{Action, ImageInfo, Inspection};

const HERE: Place = Place::at("here");
const AT_ONCE: u32 = 16 * 1024;
const MOST_READS: usize = 1024;

/// `image::Inspection` of any file: as a whole, cut in the middle, with something behind it, and by parts of any length.
pub fn inspect_image(bytes: &[u8]) {
    let whole = check(bytes, AT_ONCE, bytes.len());
    check(&bytes[..bytes.len() / 2], AT_ONCE, bytes.len());
    check(&[bytes, &[0; 100]].concat(), AT_ONCE, bytes.len() + 100);
    assert_eq!(check(bytes, 200, bytes.len()), whole, "200 bytes at once");
    // A file that became shorter since its size was asked for.
    let shorter = check(bytes, AT_ONCE, bytes.len() + 1);
    let without_size = |info: ImageInfo| ImageInfo { size: 0, ..info };
    assert_eq!(shorter.map(without_size), whole.map(without_size), "a byte is missing at the end");
}

fn check(bytes: &[u8], at_once: u32, size: usize) -> Option<ImageInfo> {
    let mut inspection = Inspection::new(HERE, size as u64).reading(at_once);
    let mut reads = Vec::new();
    let outcome = loop {
        match inspection.next_action() {
            Action::Read { offset, length } => {
                let (start, end) = (offset as usize, offset as usize + length as usize);
                assert!(start < end && end <= size && length <= at_once, "{start} to {end} of {size}");
                assert!(reads.last() != Some(&start), "{start} twice");
                reads.push(start);
                assert!(reads.len() <= MOST_READS, "{} reads", reads.len());
                inspection.handle(bytes[start.min(bytes.len())..end.min(bytes.len())].to_vec());
            }
            Action::Done(outcome) => break outcome,
        }
    };
    match outcome {
        Ok(info) => {
            let is_side = |side: Option<u32>| side.is_none_or(|side| (1..=0x7fff_ffff).contains(&side));
            assert!(is_side(info.width) && is_side(info.height) && info.size == size as u64, "{info:?}");
            assert!(info.width.is_some() == info.height.is_some() && info.width.is_some() == info.warnings.is_empty());
            assert!((1..=8).contains(&info.orientation), "{info:?}");
            assert_eq!(info.mime.strip_prefix("image/"), Some(info.extension.replace("jpg", "jpeg").as_str()));
            Some(info)
        }
        Err(error) => {
            let kind = if size == 0 { ErrorKind::EmptyImage } else { ErrorKind::NotAnImage };
            assert_eq!((error.kind(), error.place()), (kind, Some(HERE)));
            assert!(error.to_string().chars().count() < 200, "{error}");
            None
        }
    }
}
