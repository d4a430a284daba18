use super::*;

fn git(provider: &'static str, events: &[&str], branches: &[&str], paths: &[&str]) -> Git {
    let shared = |texts: &[&str]| texts.iter().map(|text| Arc::from(*text)).collect::<Vec<_>>();
    let trigger = GitTrigger {
        provider,
        secret: None,
        events: shared(events),
        branches: shared(branches),
        tags: Vec::new(),
        paths: shared(paths),
        actions: Vec::new(),
    };
    Git::of(&trigger).unwrap().0
}

fn read(git: &Git, headers: &[(&str, &str)], body: &str) -> (String, String) {
    let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    let request = HookRequest {
        headers: headers.collect(),
        body: body.to_owned().into(),
        ..HookRequest::default()
    };
    let (seen, misfit, _) = git.read(&request, &request.seen(None).unwrap());
    (seen.get("git").unwrap().to_string(), misfit.unwrap_or_default())
}

const PUSH: &str = r#"{"ref":"refs/heads/main","after":"abc","pusher":{"name":"ana"},
    "commits":[{"added":["services/shop/a.rs"],"modified":["x"],"removed":[]}]}"#;

#[test]
fn a_push_is_wanted_by_branch_and_files() {
    let push = [("x-github-event", "push")];
    let expected = r#"{"event":"push","branch":"main","sha":"abc","author":"ana","files":["services/shop/a.rs","x"]}"#;
    let misfit = |branches: &[&str], paths: &[&str]| {
        let (seen, misfit) = read(&git("github", &["push"], branches, paths), &push, PUSH);
        assert_eq!(seen, expected);
        misfit
    };
    assert_eq!(misfit(&[], &[]), "");
    assert_eq!(misfit(&["main", "release/*"], &["services/shop/**"]), "");
    assert_eq!(misfit(&["release/*"], &[]), "'branches' has release/*, this is 'main'");
    let why = "'paths' has docs/**, *.md, which none of 2 files is";
    assert_eq!(misfit(&["main"], &["docs/**", "*.md"]), why);
}

#[test]
fn other_events_and_deletions_are_left_out() {
    let any = git("github", &[], &[], &[]);
    let why = read(&any, &[("x-github-event", "ping")], "{}").1;
    assert_eq!(why, "'events' has push, this is 'ping'");
    let gone = r#"{"ref":"refs/heads/x","after":"0000","deleted":true}"#;
    let why = read(&any, &[("x-github-event", "push")], gone).1;
    assert_eq!(why, "the branch or tag was deleted");
}

#[test]
fn a_pull_request_goes_by_the_branch_it_goes_to() {
    let body = r#"{"pull_request":{"head":{"ref":"fix","sha":"abc"},"base":{"ref":"main"},
        "user":{"login":"ana"}}}"#;
    let header = [("x-gitea-event", "pull_request")];
    let (seen, misfit) = read(&git("gitea", &["pull_request"], &["main"], &[]), &header, body);
    assert_eq!(misfit, "");
    assert_eq!(
        seen,
        r#"{"event":"pull_request","branch":"fix","base":"main","sha":"abc","author":"ana"}"#
    );
    let why = read(&git("gitea", &["pull_request"], &["fix"], &[]), &header, body).1;
    assert_eq!(why, "'branches' has fix, this is 'main'");
}

#[test]
fn tags_are_no_branches() {
    let body = r#"{"object_kind":"tag_push","ref":"refs/tags/v1","checkout_sha":"abc"}"#;
    let why = read(&git("gitlab", &["push"], &["**"], &[]), &[], body).1;
    assert_eq!(why, "'tags' has nothing, this is 'v1'");
    let (seen, misfit) = read(&git("gitlab", &["push"], &[], &[]), &[], body);
    assert_eq!(misfit, "");
    assert_eq!(seen, r#"{"event":"push","tag":"v1","sha":"abc"}"#);
}

#[test]
fn a_push_is_wanted_by_all_of_its_files_and_shows_the_first_ones() {
    let names: Vec<_> = (0..4_000).map(|n| format!("\"src/f{n:04}\"")).collect();
    let body = |last: &str| {
        let names = names.join(",");
        format!(r#"{{"ref":"refs/heads/main","commits":[{{"added":[{names},"{last}"]}}]}}"#)
    };
    let push = [("x-github-event", "push")];
    let git = git("github", &[], &[], &["zzz/**"]);
    let (seen, misfit) = read(&git, &push, &body("zzz/last"));
    assert_eq!(misfit, "");
    assert!(seen.ends_with(r#""src/f2999"],"files_left_out":1001}"#), "{}", seen.len());
    let why = "'paths' has zzz/**, which none of 4001 files is";
    assert_eq!(read(&git, &push, &body("zz/last")).1, why);
}

#[test]
fn names_of_files_that_are_shown_are_bounded_by_their_bytes() {
    let long = "n".repeat(1_000);
    let names: Vec<_> = (0..200).map(|n| format!("\"{n:03}{long}\"")).collect();
    let body = format!(r#"{{"files":[{}]}}"#, names.join(","));
    let (seen, misfit) = read(&git("generic", &[], &[], &["199*"]), &[], &body);
    assert_eq!(misfit, "");
    assert!(seen.ends_with(r#""files_left_out":70}"#), "{}", &seen[seen.len() - 40..]);
}

#[test]
fn where_files_are_not_told_or_not_all_of_them_nothing_is_left_out() {
    let why = |provider, header, body: &str| {
        read(&git(provider, &[], &[], &["src/**"]), &[(header, "push")], body).1
    };
    let made = r#"{"ref":"refs/heads/release/2","created":true,"commits":[]}"#;
    assert_eq!(why("github", "x-github-event", made), "");
    let one = r#""commits":[{"added":[],"modified":["docs/a"],"removed":[]}]"#;
    let of_lab = |total| {
        format!(
            r#"{{"object_kind":"push","ref":"refs/heads/x","total_commits_count":{total},{one}}}"#
        )
    };
    assert_eq!(why("gitlab", "x", &of_lab(21)), "");
    assert_eq!(why("gitlab", "x", &of_lab(1)), "'paths' has src/**, which none of 1 files is");
    let of_tea = format!(r#"{{"ref":"refs/heads/x","total_commits":3,{one}}}"#);
    assert_eq!(why("gitea", "x-gitea-event", &of_tea), "");
    let empty = r#"{"ref":"refs/heads/x","commits":[{"added":[],"modified":[],"removed":[]}]}"#;
    let left_out = "'paths' has src/**, which none of 0 files is";
    assert_eq!(why("github", "x-github-event", empty), left_out);
}

#[test]
fn a_change_whose_files_are_not_all_known_is_looked_for_by_what_was_shown_of_it_too() {
    let git = git("gitlab", &[], &[], &["src/**"]);
    let body = |total: i64| {
        let one = r#""commits":[{"added":["docs/a"]}]"#;
        format!(
            r#"{{"object_kind":"push","ref":"refs/heads/x","total_commits_count":{total},{one}}}"#
        )
    };
    let push = |total| HookRequest { body: body(total).into(), ..HookRequest::default() };
    let seen = |push: &HookRequest| git.read(push, &push.seen(None).unwrap()).0;
    let all = seen(&push(30));
    assert_eq!(git.misfit_of(&all), None);
    let shown = all.get("git").unwrap();
    assert!(shown.to_string().ends_with(r#""files":["docs/a"],"files_incomplete":true}"#));
    assert_eq!(git.misfit_of(&Json::object([("git", shown.clone())])), None);
    // As an earlier release showed it.
    let shown = Json::parse(r#"{"event":"push","branch":"x","files":["docs/a"]}"#).unwrap();
    let before = |body: String| {
        git.misfit_of(&Json::object([
            ("body", Json::parse(&body).unwrap()),
            ("git", shown.clone()),
        ]))
    };
    assert_eq!(before(body(30)), None);
    let why = Some("'paths' has src/**, which none of 1 files is".to_owned());
    assert_eq!((before(body(1)), git.misfit_of(&seen(&push(1)))), (why.clone(), why));
}

#[test]
fn a_pull_request_is_wanted_when_it_brings_other_code_or_as_actions_say() {
    let told = |provider: &'static str, actions: &[&str], body: &str| {
        let mut git = git(provider, &["pull_request", "push"], &[], &[]);
        git.actions = actions.iter().map(|action| in_one_word(action).to_owned()).collect();
        let headers = [("x-github-event", "pull_request"), ("x-gitea-event", "pull_request")];
        let (seen, misfit) = read(&git, &headers, body);
        format!("{seen} {misfit}")
    };
    let hub = |action: &str, merged: bool| {
        format!(r#"{{"action":"{action}","pull_request":{{"merged":{merged}}}}}"#)
    };
    let seen = |rest: &str| format!(r#"{{"event":"pull_request","action":{rest}"#);
    assert_eq!(told("github", &[], &hub("opened", false)), seen(r#""opened"} "#));
    assert_eq!(told("gitea", &[], &hub("synchronized", false)), seen(r#""synchronize"} "#));
    let why = "'actions' has opened, reopened, synchronize, this is 'closed'";
    let merged = |rest: &str| seen(&format!(r#""closed","merged":true}} {rest}"#));
    assert_eq!(told("github", &[], &hub("closed", true)), merged(why));
    assert_eq!(told("github", &["closed"], &hub("closed", true)), merged(""));
    let lab = |attributes: &str| {
        format!(r#"{{"object_kind":"merge_request","object_attributes":{{{attributes}}}}}"#)
    };
    let code = lab(r#""action":"update","oldrev":"abc""#);
    assert_eq!(told("gitlab", &[], &code), seen(r#""synchronize"} "#));
    assert_eq!(told("gitlab", &["open", "update"], &code), seen(r#""synchronize"} "#));
    let title = told("gitlab", &[], &lab(r#""action":"update""#));
    assert!(title.ends_with("this is 'edited'"), "{title}");
    assert_eq!(told("gitlab", &["closed"], &lab(r#""action":"merge""#)), merged(""));
    let push = r#"{"object_kind":"push","ref":"refs/heads/x"}"#;
    assert!(told("gitlab", &["closed"], push).ends_with("} "));
}
