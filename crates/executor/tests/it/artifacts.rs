//! Files from other tasks, and for them.

use compasso_types::Json;

use crate::bench::{Bench, order};

#[tokio::test]
async fn files_that_match_are_kept() {
    let bench = Bench::new();
    let script = "mkdir -p out/deep; echo 1 > out/a.bin; echo 2 > out/deep/b.bin; echo 3 > c.txt; \
                  ln -s /etc/passwd out/link.bin; echo 4 > $COMPASSO_ARTIFACTS/report.html";
    let more = r#","artifacts":{"out":["out/*.bin","**/b.bin"]}"#;
    let result = bench.run(&order(script, more)).await.unwrap();
    let artifacts = result.get("artifacts").unwrap().as_array().unwrap();
    let names: Vec<_> = artifacts.iter().map(|it| it.get("name").unwrap().to_string()).collect();
    assert_eq!(names, [r#""out/a.bin""#, r#""out/deep/b.bin""#, r#""report.html""#]);
    let first = r#"{"name":"out/a.bin","uri":"artifact://r-1/build/out/a.bin","size":2,"sha256":"digest-of-out/a.bin"}"#;
    assert_eq!(artifacts[0].to_string(), first);
}

#[tokio::test]
async fn two_stars_at_the_end_keep_all_files_below() {
    for (pattern, kept) in
        [("o/**", r#"["o/p/q.txt","o/r.txt"]"#), ("**", r#"["o/p/q.txt","o/r.txt","s.txt"]"#)]
    {
        let bench = Bench::new();
        let script = "mkdir -p o/p; echo 1 > o/p/q.txt; echo 2 > o/r.txt; echo 3 > s.txt";
        let more = format!(r#","artifacts":{{"out":["{pattern}"]}}"#);
        let result = bench.run(&order(script, &more)).await.unwrap();
        let artifacts = result.get("artifacts").unwrap().as_array().unwrap();
        let names: Vec<_> = artifacts.iter().map(|it| it.get("name").unwrap().clone()).collect();
        assert_eq!(Json::array(names).to_string(), kept);
    }
}

#[tokio::test]
async fn a_pattern_that_matches_nothing_is_told_in_the_log() {
    let bench = Bench::new();
    let more = r#","artifacts":{"out":["a.txt","nothere/*","*.txt"]}"#;
    bench.run(&order("echo 1 > a.txt", more)).await.unwrap();
    assert_eq!(bench.lines(), ["(no file matches 'nothere/*' of the artifacts)"]);
}

#[tokio::test]
async fn files_of_other_tasks_are_brought() {
    let bench = Bench::new();
    bench.outside.artifacts.lock().unwrap().insert("d1".to_owned(), b"model".to_vec());
    for wanted in [r#""train/m/model.bin""#, r#"{"name":"m/model.bin","sha256":"d1"}"#] {
        let more = format!(
            r#","output":"text","artifacts":{{"in":[{wanted}]}},
            "context":{{"needs":{{"train":{{"artifacts":[{{"name":"m/model.bin","sha256":"d1"}}]}}}}}}"#
        );
        let result = bench.run(&order("cat m/model.bin", &more)).await.unwrap();
        assert_eq!(result.get("output"), Some(&Json::from("model")));
    }
}

#[tokio::test]
async fn files_of_instances_are_brought() {
    let bench = Bench::new();
    for (digest, content) in [("d1", "one"), ("d2", "two")] {
        let kept = content.as_bytes().to_vec();
        bench.outside.artifacts.lock().unwrap().insert(digest.to_owned(), kept);
    }
    let context = r#""context":{"needs":{"train":{"instances":[
        {"key":"a=1,b=x","artifacts":[{"name":"m.bin","sha256":"d1"}]},
        {"key":"eu]/x","artifacts":[{"name":"m.bin","sha256":"d2"},{"name":"log","sha256":"d1"}]},
        {"key":"none"}]}}}"#;
    for (wanted, script, left) in [
        ("train/m.bin", "cat a=1,b=x/m.bin eu\\]/x/m.bin", "onetwo"),
        ("train[a=1,b=x]/m.bin", "cat m.bin", "one"),
        ("train[eu]/x]/m.bin", "cat m.bin", "two"),
    ] {
        let more = format!(r#","output":"text","artifacts":{{"in":["{wanted}"]}},{context}"#);
        let result = bench.run(&order(script, &more)).await.unwrap();
        assert_eq!(result.get("output"), Some(&Json::from(left)));
    }
    for wanted in ["train/none", "train[none]/m.bin", "train[other]/m.bin", "train[none"] {
        let more = format!(r#","artifacts":{{"in":["{wanted}"]}},{context}"#);
        let failure = bench.run(&order("true", &more)).await.unwrap_err();
        assert_eq!(failure.error, "NoArtifact");
        let told = "; 'train' kept train[a=1,b=x]/m.bin, train[eu]/x]/m.bin, train[eu]/x]/log";
        assert_eq!(failure.cause, format!("no task kept '{wanted}'{told}"));
    }
}

#[tokio::test]
async fn files_are_brought_out_of_groups() {
    let bench = Bench::new();
    for (digest, content) in [("d1", "one"), ("d2", "two"), ("d3", "three")] {
        let kept = content.as_bytes().to_vec();
        bench.outside.artifacts.lock().unwrap().insert(digest.to_owned(), kept);
    }
    let context = r#""context":{"needs":{
        "one":{"artifacts":[{"name":"m.bin","sha256":"d1","task":"fit"},
            {"name":"m.bin","sha256":"d2","task":"deep.fit","keys":{"deep.fit":"x.y"}}]},
        "all":{"instances":[{"key":"a","artifacts":[{"name":"m.bin","sha256":"d1","task":"fit"}]},
            {"key":"b","artifacts":[{"name":"m.bin","sha256":"d3","task":"fit"}]}]}}}"#;
    for (wanted, script, left) in [
        ("one.fit/m.bin", "cat m.bin", "one"),
        ("one.deep.fit/m.bin", "cat x.y/m.bin", "two"),
        ("one.deep.fit[x.y]/m.bin", "cat m.bin", "two"),
        ("all.fit/m.bin", "cat a/m.bin b/m.bin", "onethree"),
        ("all[b].fit/m.bin", "cat m.bin", "three"),
    ] {
        let more = format!(r#","output":"text","artifacts":{{"in":["{wanted}"]}},{context}"#);
        let result = bench.run(&order(script, &more)).await.unwrap();
        assert_eq!(result.get("output"), Some(&Json::from(left)), "{wanted}");
    }
    let more = format!(r#","artifacts":{{"in":["all.no/m.bin"]}},{context}"#);
    let failure = bench.run(&order("true", &more)).await.unwrap_err();
    let cause = "no task kept 'all.no/m.bin'; 'all' kept all[a].fit/m.bin, all[b].fit/m.bin";
    assert_eq!(failure.cause, cause);
}

#[tokio::test]
async fn a_file_that_nobody_kept_fails_the_task() {
    for (wanted, error) in [
        (r#""train/none.bin""#, "NoArtifact"),
        (r#"{"name":"a","sha256":"unknown"}"#, "Artifact"),
        (r#"{"name":"../a","sha256":"d1"}"#, "BadWorkOrder"),
    ] {
        let more = format!(r#","artifacts":{{"in":[{wanted}]}}"#);
        let failure = Bench::new().run(&order("true", &more)).await.unwrap_err();
        assert_eq!(failure.error, error);
    }
}

#[tokio::test]
async fn patterns_stay_inside_the_workspace() {
    let more = r#","artifacts":{"out":["../*"]}"#;
    let failure = Bench::new().run(&order("true", more)).await.unwrap_err();
    assert_eq!(failure.error, "BadWorkOrder");
}
