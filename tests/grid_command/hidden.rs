//! What stands in a file and is nobody else's to see.

use super::{FILE, KEY, csv, folder, run, zone};

#[test]
fn what_a_file_hides_from_others_is_not_shown_however_wrong_the_file_is() {
    let head = "apiVersion: v1\nkind: Secret\nmetadata: {name: keys}\n";
    let mail = FILE.replace(
        "file: {path: ma.csv}",
        &format!("prometheus: {{query: q, unit: GramsPerKilowattHour, endpoint: \"http://u:{KEY}@127.0.0.1:1\"}}"),
    );
    for (text, words) in [
        (
            format!("{head}data:\n  token: {KEY}\n"),
            "line 13: this is no Secret as it should be; under data write base64",
        ),
        (
            format!("{head}stringData:\n  token: {KEY}\n  user: {{a: b}}\n"),
            "line 14",
        ),
        (
            format!("{head}stringData:\n  token: {KEY}\n bad: indent\n"),
            "no Secret as it should be",
        ),
        (format!("{head}stringData: {KEY}\n"), "line 12"),
        (format!("{head}stringData: {{{KEY}: a, {KEY}: b}}\n"), "line 12"),
        (
            format!("{head}stringData: {{token: \"{KEY}}}\n"),
            "no Secret as it should be",
        ),
        (zone(&mail), "names a user; write it without"),
    ] {
        let folder = folder(&[
            (
                "zone.yaml",
                format!("{}---\n{text}", zone(FILE).replace("name: ma", "name: fr")),
            ),
            ("ma.csv", csv()),
        ]);
        let (shown, complaint) = run(&folder, &["grid", "check", "--file", "zone.yaml"]);
        let complaint = complaint.unwrap();
        assert!(complaint.contains(words), "{words}: {complaint}");
        assert!(!complaint.contains(KEY) && !shown.contains(KEY), "{complaint}");
    }
}
