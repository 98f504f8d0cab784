#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| webwx_image_fuzz::targets::strip_metadata(bytes));
