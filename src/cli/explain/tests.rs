//! Explanations as an engineer sees them. Jobs are written as kubectl shows them.

use serde_json::json;

use super::*;

const NOW: &str = "2026-11-25T23:08:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn choice(start: &str, zone: &str, cost: Option<f64>) -> Value {
    json!({ "start": start, "zones": [zone], "cost": cost, "grams": cost })
}

fn plan(uid: &str) -> Value {
    json!({
        "uid": uid,
        "policy": "nightly",
        "overruled": ["everybody"],
        "reason": "WaitingForGreenerSlot",
        "message": "Held until 2026-11-26T03:20:00Z in zone ma, 118 g (41 %) less than starting now",
        "madeAt": "2026-11-25T21:08:00Z",
        "chosen": choice("2026-11-26T03:20:00Z", "ma", Some(170.0)),
        "now": choice("2026-11-25T21:08:00Z", "es", Some(288.0)),
        "alternatives": [choice("2026-11-26T03:00:00Z", "ma", Some(179.0)), choice("2026-11-26T04:10:00Z", "fr", None)],
        "binding": "LatestStart",
        "signal": "CarbonIntensity",
        "latestStart": "2026-11-26T06:30:00Z",
        "finishBy": "2026-11-26T07:36:00Z",
        "expectedSeconds": 3600,
        "lengthSource": "Annotation",
        "watts": 350.0,
        "rewrites": 1
    })
}

/// A deferrable job that was submitted at 21:08, with more of everything.
fn job(labels: &Value, annotations: &Value, suspend: bool, status: &Value) -> Job {
    let mut job = json!({
        "metadata": {
            "name": "train", "namespace": "ml", "uid": "u1", "creationTimestamp": "2026-11-25T21:08:00Z",
            "labels": { "alize.dev/deferrable": "true" }, "annotations": annotations
        },
        "spec": { "suspend": suspend, "template": {} },
        "status": status
    });
    for (key, value) in labels.as_object().unwrap() {
        job["metadata"]["labels"][key] = value.clone();
    }
    serde_json::from_value(job).unwrap()
}

fn planned(plan: &Value) -> Value {
    json!({
        "alize.dev/plan": plan.to_string(), "alize.dev/held-by": "nightly", "alize.dev/release-at": "2026-11-26T06:30:00Z"
    })
}

fn held(annotations: &Value) -> Job {
    job(&json!({ "alize.dev/held": "true" }), annotations, true, &json!({}))
}

fn text(job: &Job) -> String {
    explain(job, at(NOW)).text(None)
}

#[test]
fn a_waiting_job_says_when_where_why_and_what_the_next_best_would_have_been() {
    assert_eq!(
        text(&held(&planned(&plan("u1")))),
        "\
Job train in ml waits. It starts 2026-11-26 03:20 UTC in zone ma, in 4h12m.

  why         A later slot costs less than starting now. (WaitingForGreenerSlot)
  saves       about 118 g CO2e by average intensity (41 %) against a start at once
  limited by  the latest start: later slots would cost less, a later finish-by would allow them
  deadline    latest start 2026-11-26 06:30 UTC, to finish by 2026-11-26 07:36 UTC; kept with 3h10m to spare
  assumes     it runs 1h (alize.dev/expected-duration) at 350 W
  policy      nightly, over everybody
  planned     2026-11-25 21:08 UTC, rewritten once
  event       Held until 2026-11-26T03:20:00Z in zone ma, 118 g (41 %) less than starting now

  start                          zone  CO2e (average)  difference
  2026-11-25 21:08 UTC  at once  es    288 g
  2026-11-26 03:20 UTC  chosen   ma    170 g           -118 g (-41 %)
  2026-11-26 03:00 UTC           ma    179 g           -109 g (-38 %)
  2026-11-26 04:10 UTC           fr    unknown

To start it at once: kubectl annotate job train -n ml alize.dev/run-now=true
"
    );
}

#[test]
fn a_job_that_waits_beyond_the_last_plan_that_was_written_says_so_and_by_when_it_starts() {
    let mut overtaken = plan("u1");
    overtaken["chosen"]["start"] = json!("2026-11-25T22:00:00Z");
    overtaken["rewrites"] = json!(6);
    let text = text(&held(&planned(&overtaken)));
    assert!(
        text.starts_with("Job train in ml waits. Its start 2026-11-25 22:00 UTC was overtaken by plans that are no longer written on it; it starts 2026-11-26 06:30 UTC at the latest."),
        "{text}"
    );
}

#[test]
fn local_times_are_shown_where_a_time_zone_is_given() {
    let paris = time_zone("Europe/Paris").unwrap();
    let text = explain(&held(&planned(&plan("u1"))), at(NOW)).text(Some(&paris));
    assert!(
        text.contains("It starts 2026-11-26 04:20 Europe/Paris (03:20 UTC) in zone ma"),
        "{text}"
    );
}

#[test]
fn a_renewable_share_is_shown_in_kilowatt_hours_and_the_grams_beside_it() {
    let mut plan = plan("u1");
    plan["signal"] = json!("RenewableShare");
    (plan["now"]["cost"], plan["chosen"]["cost"]) = (json!(0.25), json!(0.15));
    let text = text(&held(&planned(&plan)));
    let line = "  saves       about 0.10 kWh not renewable (40 %) against a start at once; 170 g instead of 288 g CO2e by average intensity\n";
    assert!(text.contains(line), "{text}");
    assert!(text.contains("-0.10 kWh (-40 %)"), "{text}");
    let lines = text
        .lines()
        .skip_while(|line| !line.contains("not renewable ") || !line.contains("CO2e (average)"));
    assert_eq!(lines.filter(|line| line.ends_with(" g")).count(), 3, "{text}");
}

#[test]
fn harm_and_ignorance_are_said_and_not_called_a_saving() {
    let mut harm = plan("u1");
    harm["chosen"]["cost"] = json!(300.0);
    let harmful = text(&held(&planned(&harm)));
    assert!(
        harmful.contains("  saves       nothing: about 12.0 g CO2e by average intensity (4 %) more than"),
        "{harmful}"
    );
    harm["chosen"]["cost"] = json!(null);
    let blind = text(&held(&planned(&harm)));
    assert!(blind.contains("  saves       unknown: no forecast covers"), "{blind}");
}

#[test]
fn a_released_job_says_how_long_it_waited_and_whether_its_deadline_was_kept() {
    let mut annotations = planned(&plan("u1"));
    annotations["alize.dev/released-at"] = json!("2026-11-26T07:00:00Z");
    let explanation = explain(
        &job(&json!({}), &annotations, false, &json!({})),
        at("2026-11-26T08:00:00Z"),
    );
    assert_eq!(
        (explanation.state, explanation.slack_seconds),
        (State::Released, Some(-1800))
    );
    let text = explanation.text(None);
    assert!(
        text.starts_with("Job train in ml was released 2026-11-26 07:00 UTC in zone ma, 9h52m after its creation.\n"),
        "{text}"
    );
    assert!(text.contains("; missed by 30m\n"), "{text}");
    assert!(!text.contains("To start it at once"), "{text}");
}

#[test]
fn a_finished_job_shows_its_receipt() {
    let mut annotations = planned(&plan("u1"));
    annotations["alize.dev/released-at"] = json!("2026-11-26T03:20:00Z");
    annotations["alize.dev/emissions"] = json!(json!({ "emittedGrams": 171.5 }).to_string());
    let done = json!({ "conditions": [{ "type": "Complete", "status": "True" }] });
    let text = text(&job(&json!({}), &annotations, false, &done));
    assert!(
        text.starts_with("Job train in ml has finished. It was released 2026-11-26 03:20 UTC,"),
        "{text}"
    );
    assert!(text.contains("  emittedGrams             171.5\n"), "{text}");
}

#[test]
fn a_held_job_without_a_plan_says_who_releases_it_in_any_case() {
    let explanation = explain(
        &held(&json!({ "alize.dev/held-by": "nightly" })),
        at("2026-11-25T21:08:05Z"),
    );
    assert_eq!(
        (explanation.state, explanation.policy.as_deref()),
        (State::Unplanned, Some("nightly"))
    );
    let text = explanation.text(None);
    assert!(text.contains("It has been held for 5s and has no plan yet"), "{text}");
    assert!(
        text.contains("the fail-safe releases the job two minutes after its creation"),
        "{text}"
    );
}

#[test]
fn a_job_that_is_not_held_says_why_and_what_to_do() {
    let running = |labels: Value, annotations: Value| text(&job(&labels, &annotations, false, &json!({})));
    let done = json!({ "conditions": [{ "type": "Failed", "status": "True" }] });
    let cases = [
        (
            running(json!({ "alize.dev/deferrable": "yes" }), json!({})),
            "needs the label alize.dev/deferrable: \"true\"",
        ),
        (
            running(json!({ "kueue.x-k8s.io/queue-name": "gpu" }), json!({})),
            "Kueue decides",
        ),
        (
            running(json!({}), json!({ "alize.dev/run-now": "true" })),
            "asked to start it at once",
        ),
        (
            running(json!({}), json!({})),
            "No CarbonPolicy with mode: Enforce selects it",
        ),
        (
            running(json!({}), json!({ "alize.dev/watts": "lots" })),
            "Correct the annotation alize.dev/watts: ",
        ),
        (
            running(json!({ "alize.dev/held": "true" }), json!({})),
            "Somebody else ended its hold",
        ),
        (
            text(&job(&json!({}), &json!({}), true, &json!({}))),
            "kubectl patch job train -n ml -p '{\"spec\":{\"suspend\":false}}'",
        ),
        (text(&job(&json!({}), &json!({}), false, &done)), "It has finished"),
    ];
    for (text, words) in cases {
        assert!(text.starts_with("Job train in ml is not held by Alizé.\n"), "{text}");
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn the_plan_of_a_copied_manifest_is_ignored_and_said_to_be() {
    let mut annotations = planned(&plan("another"));
    annotations["alize.dev/released-at"] = json!("2026-11-20T03:20:00Z");
    let explanation = explain(&job(&json!({}), &annotations, false, &json!({})), at(NOW));
    assert_eq!(
        (explanation.state, &explanation.plan, explanation.released_at),
        (State::NotHeld, &None, None)
    );
    assert!(
        explanation.text(None).contains("is not this job's own"),
        "{}",
        explanation.text(None)
    );
}

#[test]
fn an_annotation_cannot_move_the_cursor_or_forge_a_line() {
    let mut plan = plan("u1");
    plan["message"] = json!("fine\u{1b}[2J\nsaves 1 t \u{202e}");
    plan["chosen"]["zones"] = json!(["ma\r"]);
    let text = text(&held(&planned(&plan)));
    assert!(
        text.contains("  event       fine\u{fffd}[2J\u{fffd}saves 1 t \u{fffd}\n"),
        "{text}"
    );
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
}

#[test]
fn json_carries_the_whole_decision() {
    let explanation = explain(&held(&planned(&plan("u1"))), at(NOW));
    let read: Value = serde_json::from_str(&explanation.json().unwrap()).unwrap();
    assert_eq!(
        (&read["state"], &read["slackSeconds"]),
        (&json!("Waiting"), &json!(11_400))
    );
    assert_eq!(
        read["plan"]["chosen"],
        choice("2026-11-26T03:20:00Z", "ma", Some(170.0))
    );
    assert_eq!(read["latestStart"], "2026-11-26T06:30:00Z");
}
