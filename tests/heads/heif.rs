//! AVIF and HEIC, made by the book: items with properties, in boxes of all forms and in any order.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::make::any_bytes;

/// A property of an item.
#[derive(Clone, Debug)]
pub(crate) enum Property {
    Size(u32, u32),
    /// Width and height, as fractions.
    Cut([u32; 4]),
    /// Quarter turns, against the clock.
    Turn(u8),
    /// 0: top and bottom change places; 1: left and right.
    Mirror(u8),
    /// A mask for alpha, by its name.
    Mask(&'static str),
    Other(Vec<u8>),
}

/// A file, and what stands in it.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) bytes: Vec<u8>,
    pub(crate) mime: &'static str,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) orientation: u32,
    pub(crate) has_alpha: bool,
}

/// How a file is written down.
#[allow(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// Numbers of items have 32 bits.
    pub(crate) has_long_ids: bool,
    /// Numbers of properties have 15 bits.
    pub(crate) has_long_indices: bool,
    /// Lengths of boxes have 64 bits.
    pub(crate) has_long_boxes: bool,
    /// The items stand behind the pixels.
    pub(crate) is_meta_last: bool,
    /// The last box has no length, and ends with the file.
    pub(crate) is_last_open: bool,
    /// Which order the boxes in `meta` have.
    pub(crate) order: usize,
    /// Bytes of nothing, and of pixels.
    pub(crate) gap: usize,
}

pub(crate) const PLAIN: Layout = Layout {
    has_long_ids: false,
    has_long_indices: false,
    has_long_boxes: false,
    is_meta_last: false,
    is_last_open: false,
    order: 0,
    gap: 0,
};

/// The names of the two kinds of masks, without which a mask is one for depth, or for something else.
const ALPHA: [&str; 2] = ["urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", "urn:mpeg:hevc:2015:auxid:1"];
const OTHER_MASKS: [&str; 2] = ["urn:mpeg:hevc:2015:auxid:2", "urn:com:apple:photo:2020:aux:hdrgainmap"];

pub(crate) fn any_heif() -> impl Strategy<Value = Made> {
    let brands = select(vec![
        (&["avif", "mif1", "miaf"][..], "image/avif"),
        (&["avis"], "image/avif"),
        (&["mif1", "avif", "mif1"], "image/avif"),
        (&["msf1", "mif1", "MA1B"], "image/avif"),
        (&["heic", "mif1", "heic"], "image/heic"),
        (&["mif1", "heix"], "image/heic"),
        (&["msf1", "miaf", "hevc"], "image/heic"),
        (&["mif1"], "image/heic"),
    ]);
    let items = vec((size(), vec(change(), 0..6)), 1..5);
    (brands, items, any::<prop::sample::Index>(), layout(), vec(select(mask_names()), 0..2)).prop_map(
        |((brands, mime), items, primary, layout, masks)| {
            let mut items: Vec<Vec<Property>> =
                items.into_iter().map(|(size, changes)| [vec![size], changes].concat()).collect();
            let primary = primary.index(items.len());
            let (width, height, orientation) = shown(&items[primary]);
            let has_alpha = masks.iter().any(|mask| ALPHA.contains(mask));
            items.push(masks.into_iter().map(Property::Mask).collect());
            let bytes = file(brands, &items, primary, &layout);
            Made { bytes, mime, width, height, orientation, has_alpha }
        },
    )
}

fn mask_names() -> Vec<&'static str> {
    [ALPHA, OTHER_MASKS].concat()
}

fn size() -> impl Strategy<Value = Property> {
    let side = || prop_oneof![1..5000_u32, 1..=0x7fff_ffff_u32];
    (side(), side()).prop_map(|(width, height)| Property::Size(width, height))
}

fn change() -> impl Strategy<Value = Property> {
    prop_oneof![
        [2..9000_u32, 1..3_u32, 2..9000_u32, 1..4_u32].prop_map(Property::Cut),
        (0..=3_u8).prop_map(Property::Turn),
        (0..=1_u8).prop_map(Property::Mirror),
        any_bytes(0..30).prop_map(Property::Other),
    ]
}

fn layout() -> impl Strategy<Value = Layout> {
    let gap = prop_oneof![3 => 0..50_usize, 1 => 0..300_000_usize];
    (any::<[bool; 5]>(), 0..24_usize, gap).prop_map(|(flags, order, gap)| {
        let [has_long_ids, has_long_indices, has_long_boxes, is_meta_last, is_last_open] = flags;
        Layout { has_long_ids, has_long_indices, has_long_boxes, is_meta_last, is_last_open, order, gap }
    })
}

/// Width, height and EXIF's orientation of an item, after all of its properties in their order.
fn shown(properties: &[Property]) -> (u32, u32, u32) {
    let (mut width, mut height) = (0, 0);
    // The column and the row where a pixel is shown: how often its stored column and row go into each.
    let (mut column, mut row) = ((1, 0), (0, 1));
    for property in properties {
        match *property {
            Property::Size(wide, high) => (width, height) = (wide, high),
            Property::Cut([wide, by, high, by_too]) => {
                let rounded = |number: u32, by: u32| (number * 2 + by) / (by * 2);
                (width, height) = (width.min(rounded(wide, by)), height.min(rounded(high, by_too)));
            }
            Property::Turn(turns) => {
                for _ in 0..turns {
                    (column, row) = (row, (-column.0, -column.1));
                    (width, height) = (height, width);
                }
            }
            Property::Mirror(0) => row = (-row.0, -row.1),
            Property::Mirror(_) => column = (-column.0, -column.1),
            Property::Mask(_) | Property::Other(_) => {}
        }
    }
    // EXIF's table: what its orientations from 1 to 8 do.
    let all = [
        ((1, 0), (0, 1)),
        ((-1, 0), (0, 1)),
        ((-1, 0), (0, -1)),
        ((1, 0), (0, -1)),
        ((0, 1), (1, 0)),
        ((0, -1), (1, 0)),
        ((0, -1), (-1, 0)),
        ((0, 1), (-1, 0)),
    ];
    let orientation = (1..).zip(all).find(|&(_, turned)| turned == (column, row));
    (width, height, orientation.expect("a turn or a mirror").0)
}

/// A file with these items, of which one is the primary one.
pub(crate) fn file(brands: &[&str], items: &[Vec<Property>], primary: usize, layout: &Layout) -> Vec<u8> {
    let number = |number: usize| {
        let number = u32::try_from(number).expect("few items");
        if layout.has_long_ids { (number + 70_000).to_be_bytes().to_vec() } else { number.to_be_bytes()[2..].to_vec() }
    };
    let version = u8::from(layout.has_long_ids);
    let pitm = heif_box(*b"pitm", &[&[version, 0, 0, 0], &number(primary + 1)[..]].concat());

    let (mut list, mut index) = (Vec::new(), 0_u16);
    let mut associations = u32::try_from(items.len()).expect("few items").to_be_bytes().to_vec();
    for (item, properties) in items.iter().enumerate() {
        associations.extend(number(item + 1));
        associations.push(u8::try_from(properties.len()).expect("few properties"));
        for property in properties {
            list.extend(property.written());
            index += 1;
            // The highest bit: it has to be known.
            let is_needed = index % 2;
            if layout.has_long_indices {
                associations.extend((is_needed << 15 | index).to_be_bytes());
            } else {
                associations.push(u8::try_from(is_needed << 7 | index).expect("few properties"));
            }
        }
    }
    let ipma = heif_box(*b"ipma", &[&[version, 0, 0, layout.has_long_indices.into()], &associations[..]].concat());
    let write = if layout.has_long_boxes { long_box } else { heif_box };
    let iprp = write(*b"iprp", &[write(*b"ipco", &list), ipma].concat());

    let mut children = [pitm, iprp, heif_box(*b"idat", &[7; 40]), heif_box(*b"iinf", &[0; 9])];
    let mut order = layout.order;
    for place in (1..=children.len()).rev() {
        children.swap(place - 1, order % place);
        order /= place;
    }
    let meta = [&[0; 4], &children.concat()[..]].concat();
    let mut rest = vec![(*b"meta", meta), (*b"free", vec![1; layout.gap]), (*b"mdat", vec![0x55; layout.gap / 2])];
    if layout.is_meta_last {
        rest.reverse();
    }
    let mut bytes = ftyp(brands);
    let end = rest.len() - 1;
    for (place, (name, content)) in rest.into_iter().enumerate() {
        let is_open = place == end && layout.is_last_open;
        bytes.extend(if is_open { [&[0; 4], &name[..], &content].concat() } else { write(name, &content) });
    }
    bytes
}

impl Property {
    fn written(&self) -> Vec<u8> {
        let numbers = |numbers: &[u32]| -> Vec<u8> { numbers.iter().flat_map(|number| number.to_be_bytes()).collect() };
        match self {
            &Self::Size(width, height) => heif_box(*b"ispe", &numbers(&[0, width, height])),
            Self::Cut(sides) => heif_box(*b"clap", &numbers(&[&sides[..], &[0, 1, 0, 1]].concat())),
            &Self::Turn(turns) => heif_box(*b"irot", &[turns]),
            &Self::Mirror(axis) => heif_box(*b"imir", &[axis]),
            Self::Mask(name) => heif_box(*b"auxC", &[&[0; 4], name.as_bytes(), &[0]].concat()),
            Self::Other(content) => heif_box(*b"hvcC", content),
        }
    }
}

/// The first of them is the major one.
pub(crate) fn ftyp(brands: &[&str]) -> Vec<u8> {
    heif_box(*b"ftyp", [brands[0], "\0\0\0\0", &brands[1..].concat()].concat().as_bytes())
}

pub(crate) fn heif_box(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 8).expect("a short box");
    [&length.to_be_bytes()[..], &name, content].concat()
}

fn long_box(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    [&1_u32.to_be_bytes()[..], &name, &(content.len() as u64 + 16).to_be_bytes(), content].concat()
}
