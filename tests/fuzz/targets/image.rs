use webwx_image::error::{ErrorKind, Place};
use webwx_image::image::{Inspection, inspect};

const HERE: Place = Place::at("here");
const LONGEST_HEAD: u64 = 16 * 1024 * 1024;

/// `image::inspect` of any head: of the whole file, of a longer one, and cut in the middle.
pub fn inspect_image(bytes: &[u8]) {
    let length = bytes.len() as u64;
    let whole = check(bytes, length);
    for size in [length + 1, length + 100_000, LONGEST_HEAD * 2] {
        // The head alone decides, and where it does not, more of it is asked for.
        match (check(bytes, size), &whole) {
            (Some(Inspection::Image(longer)), Some(Inspection::Image(whole))) => {
                assert_eq!((longer.width, longer.height, longer.mime), (whole.width, whole.height, whole.mime));
            }
            (Some(Inspection::NeedsHead(_)), _) | (None, None) => {}
            (longer, whole) => panic!("{longer:?} of a longer file, and {whole:?} of this"),
        }
    }
    let half = check(&bytes[..bytes.len() / 2], length);
    if let (Some(Inspection::Image(half)), Some(Inspection::Image(whole))) = (half, whole) {
        assert_eq!(half, whole, "what the head says does not change with what comes behind it");
    }
}

fn check(head: &[u8], size: u64) -> Option<Inspection> {
    match inspect(HERE, head, size) {
        Ok(Inspection::Image(info)) => {
            assert!(info.width > 0 && info.height > 0 && info.size == size, "{info:?}");
            assert_eq!(info.mime.strip_prefix("image/"), Some(info.extension.replace("jpg", "jpeg").as_str()));
            Some(Inspection::Image(info))
        }
        Ok(Inspection::NeedsHead(more)) => {
            assert!(more > head.len() as u64 && more <= size.min(LONGEST_HEAD), "{more} of {size}");
            Some(Inspection::NeedsHead(more))
        }
        Err(error) => {
            let kind = if size == 0 { ErrorKind::EmptyImage } else { ErrorKind::NotAnImage };
            assert_eq!((error.kind(), error.place()), (kind, Some(HERE)));
            assert!(error.to_string().chars().count() < 200, "{error}");
            None
        }
    }
}
