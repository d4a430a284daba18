//! Bounds that hold whatever a script does.

use crate::bench::{Bench, order};

#[tokio::test]
async fn endless_output_is_drained_and_cut_with_one_note() {
    let bench = Bench::new();
    assert_eq!(bench.output("head -c 100000000 /dev/zero | tr '\\0' x").await, "null");
    let lines = bench.lines();
    let bytes: usize = lines.iter().map(String::len).sum();
    assert!(bytes < 17 * 1024 * 1024, "{bytes}");
    let notes = lines.iter().filter(|line| line.ends_with("is not kept)")).count();
    assert_eq!(notes, 1);
}

#[tokio::test]
async fn a_script_gets_no_more_memory_than_it_may_use() {
    let more = r#","resources":{"memory_bytes":60000000}"#;
    let script = "python3 -c 'x = bytearray(200_000_000)'";
    let failure = Bench::new().run(&order(script, more)).await.unwrap_err();
    assert_eq!(failure.error, "OutOfMemory", "{failure}");
    let script = "python3 -c 'x = bytearray(1_000_000)'";
    assert!(Bench::new().run(&order(script, more)).await.is_ok());
}

#[tokio::test]
async fn a_script_gets_no_more_cpu_time_than_it_may_use() {
    let more = r#","resources":{"cpu_seconds":1}"#;
    let failure = Bench::new().run(&order("while :; do :; done", more)).await.unwrap_err();
    assert_eq!(failure.error, "Exit.152");
    assert!(failure.cause.contains("CPU time"), "{failure}");
}
