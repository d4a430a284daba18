//! Bringing a repository.

use std::path::Path;
use std::process::Command;

use compasso_types::Json;

use crate::bench::Bench;

/// A repository with two commits; returns their ids.
fn repository(at: &Path) -> [String; 2] {
    let git = |words: &[&str]| {
        let done = Command::new("git")
            .args(["-c", "user.name=Ana", "-c", "user.email=ana@example.com"])
            .args(words)
            .current_dir(at)
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    };
    git(&["init", "--quiet", "--initial-branch", "main"]);
    ["one", "two"].map(|text| {
        std::fs::write(at.join("file"), text).unwrap();
        git(&["add", "file"]);
        git(&["commit", "--quiet", "--message", text]);
        git(&["rev-parse", "HEAD"])
    })
}

async fn output(checkout: &str, script: &str) -> Result<String, String> {
    let bench = Bench::new();
    let script = Json::from(script);
    let order = format!(
        r#"{{"steps":[{{"run":{script}}}],"checkout":{checkout},"output":"text",
            "files":{{"own":"mine"}}}}"#
    );
    let ended = bench.run(&order).await.map_err(|failure| failure.to_string())?;
    Ok(ended.get("output").unwrap().as_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_newest_commit_or_any_other_is_brought() {
    let directory = tempfile::tempdir().unwrap();
    let [first, _] = repository(directory.path());
    let url = format!("file://{}", directory.path().display());
    let newest = output(&format!(r#"{{"repo":"{url}"}}"#), "cat file own").await;
    assert_eq!(newest.unwrap(), "twomine");
    let named = format!(r#"{{"repo":"{url}","ref":"{first}","path":"src"}}"#);
    assert_eq!(output(&named, "cat src/file").await.unwrap(), "one");
    let branch = format!(r#"{{"repo":"{url}","ref":"main","depth":2}}"#);
    assert_eq!(output(&branch, "git rev-list --count HEAD").await.unwrap(), "2");
}

#[tokio::test]
async fn what_cannot_be_brought_is_said() {
    let directory = tempfile::tempdir().unwrap();
    repository(directory.path());
    let url = format!("file://{}", directory.path().display());
    for (checkout, why) in [
        (r"{}".to_owned(), "--repo URL --commit SHA"),
        (format!(r#"{{"repo":"{url}","ref":"nowhere"}}"#), "Checkout: git fetch failed: fatal"),
        (r#"{"repo":"--upload-pack=touch x"}"#.to_owned(), "no repository"),
        (r#"{"repo":"ext::sh -c true"}"#.to_owned(), "not allowed"),
        (format!(r#"{{"repo":"{url}","path":"../out"}}"#), "no path inside"),
    ] {
        let failure = output(&checkout, "true").await.unwrap_err();
        assert!(failure.contains(why), "{failure}");
    }
}
