//! `compasso:sensor` looks at real files.

use compasso_types::Json;

use crate::workbench::{config, connectors, failure, job, output};

fn looking_for(file: &str) -> compasso_runtime::Job {
    job("compasso:sensor", &Json::object([("file", Json::from(file))]).to_string())
}

#[tokio::test]
async fn files_that_fit_are_found_and_missing_ones_are_no_error() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let connectors = connectors(config(""));
    let nothing = |said: String| {
        let found = [("found", false.into()), ("value", Json::array([])), ("said", said.into())];
        Json::object(found)
    };
    let pattern = path("*.csv");
    let none = nothing(format!("no path fits '{pattern}'"));
    assert_eq!(output(&connectors, looking_for(&pattern)).await, none);
    let pattern = path("no/such/_SUCCESS");
    let none = nothing(format!("no path fits '{pattern}': there is no '{}'", path("no")));
    assert_eq!(output(&connectors, looking_for(&pattern)).await, none);
    for name in ["b.csv", "a.csv", "c.txt"] {
        std::fs::write(path(name), "").unwrap();
    }
    let found = output(&connectors, looking_for(&path("*.csv"))).await;
    let expected = Json::array([path("a.csv").into(), path("b.csv").into()]);
    assert_eq!(found, Json::object([("found", true.into()), ("value", expected)]));
}

#[tokio::test]
async fn what_is_no_pattern_of_a_file_is_refused() {
    let connectors = connectors(config(""));
    for (file, cause) in [
        ("landing/a", "The file 'landing/a' is no absolute path"),
        ("/in/**/a", "The file '/in/**/a' has '**'; name the directories one by one"),
    ] {
        let expected = ("Rejected".to_owned(), cause.to_owned());
        assert_eq!(failure(&connectors, looking_for(file)).await, expected);
    }
}
