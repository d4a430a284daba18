//! Numbers that look random and follow from a seed.

/// Spreads a seed over 64 bits: the output step of the `SplitMix64` generator.
pub const fn scramble(seed: u64) -> u64 {
    let mut bits = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Returns the number at `place` of the sequence of a seed, from 0 on.
pub const fn drawn(seed: u64, place: u64) -> u64 {
    scramble(seed.wrapping_add(place.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_sequence_that_is_published_for_it() {
        let numbers = [0, 1, 2].map(|place| drawn(1_234_567, place));
        let published =
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(numbers, published);
    }
}
