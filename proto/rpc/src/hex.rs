/// Bytes written as hexadecimal digits.
pub(crate) fn hex(digits: &str) -> Vec<u8> {
    let nibbles: Vec<u8> = digits.chars().filter_map(|c| c.to_digit(16)).map(|d| d as u8).collect();
    assert!(nibbles.len().is_multiple_of(2), "an odd number of digits");
    nibbles.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}
