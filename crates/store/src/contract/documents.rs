//! Documents.

use super::case_list;
use super::fixture::{Subject, delete, put, read};
use crate::{DocumentChange, Expected, Revision, Write};

case_list![
    a_document_counts_its_revisions,
    a_document_changes_only_as_expected,
    a_deleted_document_is_gone_and_may_come_back,
    changes_of_one_write_happen_together_or_not_at_all,
    later_changes_of_a_write_see_earlier_ones,
    kinds_are_apart,
    documents_are_counted_by_kind,
    listings_are_in_key_order_and_paged,
    prefixes_mean_themselves,
];

async fn change(subject: &Subject, change: DocumentChange) -> bool {
    subject.conflicts(vec![Write::Documents(vec![change])]).await.is_empty()
}

async fn keys(subject: &Subject, prefix: &str, after: Option<&str>, limit: usize) -> Vec<String> {
    let documents = read(subject.store.documents("note", prefix, after, limit)).await;
    documents.into_iter().map(|document| document.key).collect()
}

async fn a_document_counts_its_revisions(subject: Subject) {
    assert_eq!(subject.note("n").await, None);
    for revision in 1..=3 {
        assert!(change(&subject, put("n", Expected::Any, &revision.to_string())).await);
        assert_eq!(subject.note("n").await, Some((revision, revision.to_string())));
    }
}

async fn a_document_changes_only_as_expected(subject: Subject) {
    let first = Expected::Revision(Revision(1));
    assert!(!change(&subject, put("n", first, "a")).await, "there is none");
    assert!(!change(&subject, delete("n", first)).await, "there is none");
    assert!(change(&subject, put("n", Expected::Absent, "b")).await);
    assert!(!change(&subject, put("n", Expected::Absent, "c")).await, "there is one");
    assert!(!change(&subject, delete("n", Expected::Absent)).await, "there is one");
    assert_eq!(subject.note("n").await, Some((1, "b".into())));
    assert!(change(&subject, put("n", first, "d")).await);
    assert!(!change(&subject, put("n", first, "e")).await, "it moved on");
    assert!(!change(&subject, delete("n", first)).await, "it moved on");
    assert!(!change(&subject, put("n", Expected::Revision(Revision(3)), "f")).await, "too early");
    assert_eq!(subject.note("n").await, Some((2, "d".into())));
}

async fn a_deleted_document_is_gone_and_may_come_back(subject: Subject) {
    assert!(change(&subject, delete("n", Expected::Any)).await, "nothing to do");
    assert!(change(&subject, delete("n", Expected::Absent)).await, "nothing to do");
    assert!(change(&subject, put("n", Expected::Any, "a")).await);
    assert!(change(&subject, put("n", Expected::Any, "b")).await);
    assert!(change(&subject, delete("n", Expected::Revision(Revision(2)))).await);
    assert_eq!(subject.note("n").await, None);
    assert_eq!(keys(&subject, "", None, 10).await, Vec::<String>::new());
    assert!(change(&subject, put("n", Expected::Absent, "c")).await);
    assert_eq!(subject.note("n").await, Some((1, "c".into())));
}

async fn changes_of_one_write_happen_together_or_not_at_all(subject: Subject) {
    subject.write(vec![Write::Documents(vec![put("b", Expected::Any, "old")])]).await;
    let writes = vec![
        Write::Documents(vec![
            put("a", Expected::Any, "new"),
            delete("b", Expected::Any),
            put("c", Expected::Revision(Revision(1)), "new"),
        ]),
        Write::Documents(vec![put("d", Expected::Absent, "new")]),
    ];
    assert_eq!(subject.conflicts(writes).await, [0]);
    assert_eq!(subject.note("a").await, None);
    assert_eq!(subject.note("b").await, Some((1, "old".into())));
    assert_eq!(subject.note("d").await, Some((1, "new".into())));
}

async fn later_changes_of_a_write_see_earlier_ones(subject: Subject) {
    let writes = vec![
        Write::Documents(vec![
            put("a", Expected::Absent, "1"),
            put("a", Expected::Revision(Revision(1)), "2"),
        ]),
        Write::Documents(vec![put("a", Expected::Revision(Revision(2)), "3")]),
    ];
    subject.write(writes).await;
    assert_eq!(subject.note("a").await, Some((3, "3".into())));
}

async fn kinds_are_apart(subject: Subject) {
    let other = DocumentChange { kind: "tag", ..put("a", Expected::Absent, "tag") };
    subject.write(vec![Write::Documents(vec![put("a", Expected::Absent, "note"), other])]).await;
    assert_eq!(subject.note("a").await, Some((1, "note".into())));
    let tags = read(subject.store.documents("tag", "", None, 10)).await;
    assert_eq!(tags.len(), 1);
    assert_eq!((tags[0].key.as_str(), &tags[0].body[..]), ("a", &b"tag"[..]));
    assert_eq!(read(subject.store.document("none", "a")).await, None);
    assert_eq!(read(subject.store.documents("none", "", None, 10)).await, vec![]);
}

async fn listings_are_in_key_order_and_paged(subject: Subject) {
    for key in ["b/2", "a", "b/10", "c", "b", "b/1", "B"] {
        assert!(change(&subject, put(key, Expected::Absent, "")).await);
    }
    assert_eq!(keys(&subject, "", None, 10).await, ["B", "a", "b", "b/1", "b/10", "b/2", "c"]);
    assert_eq!(keys(&subject, "b/", None, 10).await, ["b/1", "b/10", "b/2"]);
    assert_eq!(keys(&subject, "b/", None, 2).await, ["b/1", "b/10"]);
    assert_eq!(keys(&subject, "b/", Some("b/10"), 2).await, ["b/2"]);
    assert_eq!(keys(&subject, "b/", Some("b/15"), 2).await, ["b/2"], "a key that is not there");
    assert_eq!(keys(&subject, "b/", Some("a"), 2).await, ["b/1", "b/10"], "before the prefix");
    assert_eq!(keys(&subject, "b/", Some("c"), 2).await, Vec::<String>::new(), "behind it");
    let documents = read(subject.store.documents("note", "c", None, 1)).await;
    assert_eq!(documents[0].revision, Revision(1));
}

async fn prefixes_mean_themselves(subject: Subject) {
    let keys_stored = ["%", "%a", "_", "_a", "\\", "\\%", "*", "?", "[a]", "'", "\"", "a%b", "axb"];
    let more = ["ä", "ä1", "\u{10ffff}", "\u{10ffff}1", "Ä", " ", "\n"];
    for key in keys_stored.into_iter().chain(more) {
        assert!(change(&subject, put(key, Expected::Absent, "")).await, "{key:?}");
        assert_eq!(subject.note(key).await, Some((1, String::new())), "{key:?}");
    }
    for (prefix, expected) in [
        ("%", &["%", "%a"][..]),
        ("_", &["_", "_a"]),
        ("\\", &["\\", "\\%"]),
        ("a%", &["a%b"]),
        ("a_", &[]),
        ("[", &["[a]"]),
        ("?", &["?"]),
        ("*", &["*"]),
        ("'", &["'"]),
        ("ä", &["ä", "ä1"]),
        ("\u{10ffff}", &["\u{10ffff}", "\u{10ffff}1"]),
        ("A", &[]),
    ] {
        assert_eq!(keys(&subject, prefix, None, 100).await, expected, "{prefix:?}");
    }
}

async fn documents_are_counted_by_kind(subject: Subject) {
    assert_eq!(read(subject.store.document_count("note")).await, 0);
    for key in ["a", "b", "a"] {
        assert!(change(&subject, put(key, Expected::Any, "x")).await);
    }
    assert_eq!(read(subject.store.document_count("note")).await, 2);
    assert_eq!(read(subject.store.document_count("other")).await, 0);
    assert!(change(&subject, delete("a", Expected::Any)).await);
    assert_eq!(read(subject.store.document_count("note")).await, 1);
}
