//! Mistakes that could pass for a scenario: each is an error that says where it is and what to do, or a warning.

use alize::twin::world::Home;

use crate::scene::{POLICY, Scene, hourly};

/// Two zones that are alike but for their names and what else is said of them.
fn zones(es: &str, fr: &str) -> String {
    let zone = |name: &str, more: &str| {
        format!("- name: {name}\n  intensity: {{csv: es.csv, time: time, value: value}}\n{more}")
    };
    zone("es", es) + &zone("fr", fr)
}

fn scene(jobs: &str) -> Scene {
    Scene::of(&[300.0; 48], "").file("jobs.csv", jobs)
}

/// What is wrong with these jobs in these zones.
fn error(scene: &Scene, zones: &str, jobs: &str) -> String {
    scene.read_zones(zones, jobs, "").unwrap_err().to_string()
}

fn assert_says(error: &str, words: &[&str]) {
    assert!(words.iter().all(|word| error.contains(word)), "{words:?}: {error}");
}

#[test]
fn a_model_of_accelerators_that_no_zone_has_is_named_and_not_taken_for_want_of_room() {
    let models = "  capacity: {gpus: 8, gpuModels: {A100: 4, T4: 4}}\n";
    let jobs = |gpus: u32, model: &str| scene(&format!("submit,duration,gpus,gpuModel\n0,1,{gpus},{model}\n"));
    assert_says(
        &error(&jobs(1, "H100"), &zones(models, models), ""),
        &[
            "jobs.csv, line 2, column 4 (\"gpuModel\"): job \"1\"",
            "es has no accelerators of the model \"H100\", only A100, T4; fr has no",
            "expected one of the models that capacity.gpuModels names",
        ],
    );
    assert_says(
        &error(&jobs(6, "A100"), &zones(models, models), ""),
        &[
            "line 2, column 4 (\"gpuModel\")",
            "es has 4 accelerators of the model \"A100\", and it takes 6",
        ],
    );
    assert_says(
        &error(&jobs(9, ""), &zones(models, "  capacity: {gpus: 1}\n"), ""),
        &[
            "line 2, column 3 (\"gpus\")",
            "es has 8 accelerators at most",
            "fr has 1 accelerators at most",
        ],
    );
    let elsewhere = jobs(9, "H100").read_zones(&zones(models, ""), "", "");
    assert!(elsewhere.is_ok(), "where no model is named, any is there");
}

#[test]
fn a_home_that_is_no_zone_is_an_error_and_one_outside_its_residency_is_none() {
    let both = zones("", "");
    for (jobs, words) in [
        (
            "submit,duration,home\n0,1,pt\n",
            ["line 2, column 3 (\"home\")", "(es, fr); found \"pt\""],
        ),
        (
            "submit,duration,zones\n0,1,es;pt\n",
            ["line 2, column 3 (\"zones\")", "separated by semicolons; found"],
        ),
    ] {
        assert_says(&error(&scene(jobs), &both, ""), &words);
    }
    let others = scene("submit,duration,zones,home\n0,1,es;es,\n0,1,es,fr\n").read_zones(&both, "home: fr", "");
    for job in &others.unwrap().world.jobs {
        assert_eq!((&job.zones[..], &job.home), (&[0][..], &Home::Zone(0)));
    }
}

#[test]
fn a_finish_by_before_the_submission_is_an_error_and_one_that_nobody_could_keep_is_a_miss_with_a_warning() {
    let by = |by: &str| scene(&format!("submit,duration,finishBy\n5,2,{by}\n"));
    assert_says(
        &error(&by("3"), &zones("", ""), ""),
        &[
            "jobs.csv, line 2, column 3 (\"finishBy\")",
            "submission, 2022-01-01T05:00:00Z; a number counts from the start",
        ],
    );
    let late = by("6").read_zones(&zones("", ""), "", "").unwrap();
    assert_says(
        &late.warnings.join("; "),
        &[
            "1 jobs cannot end by their finishBy even if run at once, first job \"1\"",
            "jobs.csv, line 2",
        ],
    );
    let kept = by("7").read_zones(&zones("", ""), "", "").unwrap();
    assert_eq!(kept.warnings, [] as [&str; 0]);
}

#[test]
fn bounds_of_a_scale_that_mean_nothing_are_errors() {
    let curves = "scalingCurves: {mpi: [[1, 1.0, 1.0], [2, 1.9, 2.0], [4, 3.4, 4.1]]}";
    for (scaling, least, most, words) in [
        (
            "",
            "",
            "2",
            [
                "column 5 (\"maxScale\")",
                "no more than minScale where the job names no curve",
            ],
        ),
        ("mpi", "4", "2", ["column 5 (\"maxScale\")", "from minScale, 4, on"]),
        ("mpi", "1", "0", ["column 5 (\"maxScale\")", "from 1 on"]),
        ("mpi", "3", "3", ["column 3 (\"scaling\")", "this one has 1, 2, 4 pods"]),
    ] {
        let jobs = format!("submit,duration,scaling,minScale,maxScale\n0,1,{scaling},{least},{most}\n");
        assert_says(&error(&scene(&jobs), &zones("", ""), curves), &words);
    }
    let nowhere = scene("submit,duration,maxScale\n0,1,2\n");
    assert_says(
        &error(&nowhere, &zones("", ""), ""),
        &["line 2, column 3 (\"maxScale\")", "names no curve"],
    );
    let fixed = scene("submit,duration,minScale,maxScale\n0,1,2,2\n0,1,1,\n0,1,0,1\n");
    assert!(fixed.read_zones(&zones("", ""), "", "").is_ok(), "as wide as it is");
}

#[test]
fn a_price_in_grams_is_of_an_intensity() {
    let under = |spec: &str| {
        let policy = POLICY.replace("delay: {", &format!("{spec}delay: {{gramsPerHour: \"20\", "));
        scene("submit,duration\n0,1\n").file("policy.yaml", policy)
    };
    assert_says(
        &error(&under("objective: {signal: RenewableShare}, "), &zones("", ""), ""),
        &["policy green", "delay.gramsPerHour", "expected delay.pricePerHour"],
    );
    assert!(under("").read_zones(&zones("", ""), "", "").is_ok());
}

#[test]
fn a_policy_that_goes_by_what_no_zone_gives_is_an_error_and_by_what_some_give_a_warning() {
    let jobs = "submit,duration\n0,1\n";
    for (signal, key) in [
        ("RenewableShare", "renewableShare"),
        ("MarginalIntensity", "marginalIntensity"),
    ] {
        let policy = POLICY.replace("spec: {", &format!("spec: {{objective: {{signal: {signal}}}, "));
        let scene = scene(jobs)
            .file("policy.yaml", policy)
            .file("s.csv", hourly(0, &[0.5; 48]));
        assert_says(
            &error(&scene, &zones("", ""), ""),
            &[
                "scenario.yaml, line",
                "policy green",
                signal,
                "(es, fr)",
                "expected the key",
                key,
            ],
        );
        let gives = format!("  {key}: {{csv: s.csv, time: time, value: value}}\n");
        let some = scene.read_zones(&zones(&gives, ""), "", "").unwrap().warnings;
        assert_eq!(some.len(), 1);
        assert_says(
            &some[0],
            &[
                "run alize: policy green",
                signal,
                "better hour in fr",
                &format!("add {key} there"),
            ],
        );
        assert_eq!(
            scene.read_zones(&zones(&gives, &gives), "", "").unwrap().warnings,
            [] as [&str; 0]
        );
        let own = scene.file("jobs.csv", "submit,duration,zones\n0,1,es\n");
        assert_eq!(
            own.read_zones(&zones(&gives, ""), "", "").unwrap().warnings,
            [] as [&str; 0],
            "of its jobs' zones"
        );
    }
}

#[test]
fn a_policy_that_decides_for_no_job_is_warned_of_and_two_of_one_name_are_an_error() {
    let policy = POLICY.replace("spec: {", "spec: {jobSelector: {matchLabels: {team: nobody}}, ");
    let scene = scene("submit,duration,labels\n0,1,team=ml\n").file("policy.yaml", policy);
    let said = scene.read_zones(&zones("", ""), "", "").unwrap().warnings.join("; ");
    assert_says(&said, &["run alize: policy green decides for no job", "selectors"]);
    let scene = scene.file("policy.yaml", format!("{POLICY}---{POLICY}"));
    assert_says(
        &error(&scene, &zones("", ""), ""),
        &["policy.yaml: two policies", "\"green\""],
    );
}

#[test]
fn a_series_without_rows_is_named_whatever_it_is_of() {
    let empty = scene("submit,duration\n0,1\n").file("none.csv", "time,value\n");
    let values = "{csv: none.csv, time: time, value: value}";
    for key in ["renewableShare", "marginalIntensity", "capacity"] {
        let more = match key {
            "capacity" => format!("  capacity: {{cpus: {values}}}\n"),
            key => format!("  {key}: {values}\n"),
        };
        assert_says(
            &error(&empty, &zones(&more, ""), ""),
            &["none.csv, line 1", "expected rows below"],
        );
    }
    let forecast = "  forecast: {csv: none.csv, time: time, value: value, issued: daily}\n";
    assert_says(
        &error(&empty, &zones(forecast, ""), ""),
        &["none.csv, line 1", "expected rows below"],
    );
    let no_intensity = empty.file("es.csv", "time,value\n");
    assert_says(
        &error(&no_intensity, &zones("", ""), ""),
        &["es.csv, line 1", "expected rows below"],
    );
}

#[test]
fn a_share_that_ends_before_the_intensity_is_said_to_go_on_as_it_ended() {
    let scene = scene("submit,duration\n0,1\n").file("share.csv", hourly(0, &[0.5, 0.6]));
    let share = "  renewableShare: {csv: share.csv, time: time, value: value}\n";
    let warnings = scene
        .read_zones(&zones(share, ""), "maxDelay: {default: 0h}", "")
        .unwrap()
        .warnings;
    assert_says(
        &warnings.join("; "),
        &[
            "the renewableShare of zone es",
            "share.csv) ends at 2022-01-01T02:00:00Z",
            "at its last value",
        ],
    );
    assert_eq!(warnings.len(), 1);
}

#[test]
fn an_intensity_that_no_grid_has_is_an_error() {
    for value in [-300.0, 300_000.0] {
        let scene = scene("submit,duration\n0,1\n").file("es.csv", hourly(0, &[300.0, value]));
        assert_says(
            &error(&scene, &zones("", ""), ""),
            &[
                "es.csv, line 3, column 2 (\"value\")",
                "a number of gCO2e/kWh from 0 on",
                "scale",
            ],
        );
    }
}

#[test]
fn a_table_that_is_empty_or_parted_by_something_else_says_so() {
    for (jobs, words) in [
        ("", ["jobs.csv", "the file is empty"]),
        (
            "submit;duration\n0;1\n",
            ["jobs.csv, line 1: expected a column for submit", "expected commas"],
        ),
        (
            "arrival,length\n0,1\n",
            ["there are arrival, length", "under jobs.columns"],
        ),
        (
            "submit,duration,duration\n0,1,2\n",
            ["several columns are named \"duration\"", "jobs.columns"],
        ),
    ] {
        assert_says(&error(&scene(jobs), &zones("", ""), ""), &words);
    }
}

#[test]
fn a_job_is_of_the_class_that_is_tightest_around_it_and_a_class_twice_is_an_error() {
    let jobs = scene("submit,duration\n0,1\n0,3\n0,9\n");
    let classes =
        "maxDelay: {default: 9h, classes: [{shorterThan: 4h, maxDelay: 6h}, {shorterThan: 2h, maxDelay: 3h}]}";
    let read = jobs.read_zones(&zones("", ""), classes, "").unwrap();
    let hours = read.world.jobs.iter().map(|job| job.max_delay / 3_600_000);
    assert_eq!(hours.collect::<Vec<_>>(), [3, 6, 9]);
    let twice = "maxDelay: {classes: [{shorterThan: 2h, maxDelay: 6h}, {name: b, shorterThan: 2h, maxDelay: 3h}]}";
    assert_says(
        &error(&jobs, &zones("", ""), twice),
        &["scenario.yaml, line", "\"b\"", "that no other class has"],
    );
}
