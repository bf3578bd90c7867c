//! Where arrivals are known, nobody is late whom a plain queue over all its zones would have had in time.

use crate::scene::{Scene, hourly, lines};

const ZONES: &str = "- name: es\n  intensity: {csv: es.csv, time: time, value: value}\n  capacity: {cpus: 4}\n- name: fr\n  \
                     intensity: {csv: fr.csv, time: time, value: value}\n  capacity: {cpus: 3}\n";

/// Two zones in which a night's work does not fit: some wide jobs, some long ones, most of them patient for a few hours.
fn scene(seed: u64) -> (Scene, Vec<f64>) {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut values = || (0..120).map(|_| random.u32(50..500).into()).collect::<Vec<f64>>();
    let scene = Scene::new().zone("es", &values()).zone("fr", &values());
    let mut delays = Vec::new();
    let mut job = |number| {
        // In sixteenths of an hour, as the planner counts room.
        let mut sixteenths = |range| f64::from(random.u32(range)) / 16.0;
        let (submit, length) = (sixteenths(0..192), sixteenths(4..70));
        let (cpus, delay) = (random.u32(1..=3), f64::from(random.u32(1..9)));
        delays.push(delay);
        format!("j{number},{submit},{length},{cpus},{delay}\n")
    };
    let count = 8 + seed % 14;
    let jobs: String = (0..count).map(&mut job).collect();
    let jobs = format!("id,submit,duration,cpus,maxDelay\n{jobs}");
    (scene.file("jobs.csv", jobs), delays)
}

#[test]
fn whoever_others_come_after_is_in_time_for_them_and_the_bound_knows_it() {
    let jobs = "submit,duration,id,finishBy,after\n0,1,a,,\n0,1,b,4,a\n1,1,late,,\n1,1,lost,2.5,late\n";
    let values: Vec<f64> = (0..48).map(|hour| if hour < 8 { 300.0 } else { 10.0 }).collect();
    for arrivals in ["known", "online"] {
        let scene = Scene::new().zone("es", &values).file("jobs.csv", jobs);
        let rest = format!(
            "arrivals: {arrivals}\nlengths: known\nruns: [{{name: alize, policy: policy.yaml}}, {{rival: fifo}}, {{rival: run-now}}, {{bound: optimum}}]"
        );
        let done = scene.run("", "", &rest);
        let end = |job: &str| done.cell("alize", job, "end").to_owned();
        assert!(end("b").as_str() <= "2022-01-01T04:00:00.000Z", "{}", end("b"));
        assert!(
            end("late").as_str() > "2022-01-01T08:00:00.000Z",
            "what nobody could keep is no reason"
        );
        let missed = |run: &str| done.figure(run, "deadlineMisses");
        assert_eq!((missed("alize"), missed("fifo")), (1.0, 1.0), "lost is late in both");
        assert!(
            done.figure("optimum", "grams") >= 600.0 - 1e-6,
            "a and b run at 300 g/kWh"
        );
    }
}

#[test]
fn nobody_is_late_whom_a_plain_queue_has_in_time_unless_it_gives_way_to_one_who_is_late_in_both() {
    let (mut jobs, mut all_in_time, mut late, mut late_in_queue, mut lost) = (0, 0, 0, 0, 0);
    for seed in 0..200 {
        let (scene, delays) = scene(seed);
        let rest = "arrivals: known\nlengths: known\nruns: [{rival: fifo}, {name: alize, policy: policy.yaml}]";
        let done = scene.play(&scene.read_zones(ZONES, "", rest).unwrap());
        let late_ones = |run: &str| -> Vec<usize> {
            let wait = |number: usize| {
                done.cell(run, &format!("j{number}"), "wait_hours")
                    .parse::<f64>()
                    .unwrap()
            };
            (0..delays.len())
                .filter(|number| wait(*number) > delays[*number] + 1e-6)
                .collect()
        };
        let (queued, ours) = (late_ones("fifo"), late_ones("alize"));
        let alone = ours.iter().filter(|number| !queued.contains(number)).count();
        assert!(!queued.is_empty() || ours.is_empty(), "seed {seed}: {ours:?}");
        all_in_time += usize::from(queued.is_empty());
        jobs += delays.len();
        late += ours.len();
        late_in_queue += queued.len();
        lost += alone;
    }
    // Whoever is late in both takes the first room that there is, also where it was meant for others.
    let said = format!(
        "{jobs} jobs, late {late} and {late_in_queue} in the queue, {lost} in ours alone; {all_in_time} without"
    );
    assert!(all_in_time > 50 && late_in_queue > 200, "{said}");
    assert!(late < late_in_queue && 50 * lost < jobs, "{said}");
}

#[test]
fn nobody_is_late_where_a_plain_queue_keeps_all_deadlines_though_jobs_may_be_paused() {
    let mut kept = 0;
    for seed in 0..120 {
        let (scene, _) = scene(seed);
        let rest = "arrivals: known\nlengths: known\nruns: [{rival: fifo}, {name: alize, policy: policy.yaml}]";
        let pausable = "interruptible: {share: 0.5, resumeCost: 0m}";
        let done = scene.play(&scene.read_zones(ZONES, pausable, rest).unwrap());
        let misses = |run| done.figure(run, "deadlineMisses");
        if misses("fifo") == 0.0 {
            kept += 1;
            assert_eq!(misses("alize"), 0.0, "seed {seed}");
        }
        assert_eq!(done.figure("alize", "overbookedSlots"), 0.0, "seed {seed}");
    }
    assert!(kept > 40, "{kept}");
}

#[test]
fn nobody_is_late_though_it_was_to_run_wider_and_the_forecast_was_wrong() {
    let limited = ZONES.replace("value: value}\n", "value: value}\n  forecast: persistence\n");
    let unlimited = lines(limited.lines().filter(|line| !line.contains("cpus")).map(str::to_owned));
    let (mut kept, mut wider) = (0, 0);
    for seed in 15..45 {
        let (mut scene, delays) = scene(seed);
        let mut random = fastrand::Rng::with_seed(seed);
        let jobs = std::fs::read_to_string(scene.path("jobs.csv")).unwrap();
        let jobs = jobs.replace('\n', ",mpi\n").replace("Delay,mpi", "Delay,scaling");
        scene = scene.file("jobs.csv", jobs);
        for name in ["es.csv", "fr.csv"] {
            let values: Vec<f64> = (0..144).map(|_| random.u32(50..500).into()).collect();
            scene = scene.file(name, hourly(-24, &values));
        }
        for (zones, pausable) in [(&limited, 0.0), (&limited, 0.5), (&unlimited, 0.0), (&unlimited, 0.5)] {
            let rest = "arrivals: known\nlengths: known\nruns: [{rival: fifo}, {name: alize, policy: policy.yaml}]";
            let jobs = format!(
                "interruptible: {{share: {pausable}, resumeCost: 0m}}\nscalingCurves: {{mpi: [[1, 1.0, 1.0], [2, 1.9, 2.0]]}}"
            );
            let done = scene.play(&scene.read_zones(zones, &jobs, rest).unwrap());
            let misses = |run| done.figure(run, "deadlineMisses");
            if misses("fifo") == 0.0 {
                kept += 1;
                assert_eq!(misses("alize"), 0.0, "seed {seed}, {pausable} pausable in {zones}");
            }
            let is_wider = |number: &usize| done.cell("alize", &format!("j{number}"), "segments").contains('*');
            wider += (0..delays.len()).filter(is_wider).count();
        }
    }
    assert!(kept > 30 && wider > 100, "{kept} {wider}");
}
