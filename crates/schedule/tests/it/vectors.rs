//! Ticks over clock changes, as another program that knows time zones computed them.

use serde::Deserialize;
use serde_json::json;

use super::ticks;

#[derive(Deserialize)]
struct Vector {
    name: String,
    cron: String,
    timezone: String,
    #[serde(rename = "from_")]
    from: String,
    to: String,
    options: Options,
    ticks: Vec<String>,
}

#[derive(Deserialize)]
struct Options {
    gap: Option<String>,
    overlap: Option<String>,
    day_match: Option<String>,
}

#[test]
fn every_vector_has_its_ticks() {
    let vectors: Vec<Vector> =
        serde_json::from_str(include_str!("../schedule-vectors.json")).unwrap();
    assert!(vectors.len() >= 19);
    for vector in vectors {
        let Options { gap, overlap, day_match } = vector.options;
        let spec = json!({
            "cron": vector.cron,
            "timezone": vector.timezone,
            "dst": {
                "gap": gap.as_deref().unwrap_or("shift"),
                "overlap": overlap.as_deref().unwrap_or("first"),
            },
            "dayMatch": day_match.as_deref().unwrap_or("any"),
        });
        assert_eq!(ticks(&spec, &vector.from, &vector.to), vector.ticks, "{}", vector.name);
    }
}
