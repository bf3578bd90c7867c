//! The course of the demo, from the first process to the last line.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::Node;
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::{Value, json};
use testbed::product::{NAMESPACE, Product};
use tokio::runtime::Runtime;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::account::accounts;
use crate::day::{Day, HOURS, ZONES};
use crate::error::Error;
use crate::examples;
use crate::observer::Observer;
use crate::outcome::Outcome;
use crate::report;
use crate::site::Site;
use crate::stage::Stage;
use crate::view::{Scene, Screen};
use crate::workload;

/// The demo ends this long after the cluster is up, whatever has happened.
const AT_MOST: Duration = Duration::from_secs(175);
/// New jobs are held this soon after the operator's start.
const ARMED_WITHIN: Duration = Duration::from_secs(20);
/// CronJobs are suspended after this time, so that their last run is over before the day is.
const CRON_JOBS_FOR: Duration = Duration::from_secs(60);
/// How many hours are forecast: the day, and the morning after for what runs at its end.
const FORECAST_HOURS: i32 = HOURS + 12;

/// Plays the day. Returns the promises that broke.
///
/// # Errors
/// When something that is no promise of the product goes wrong, or it is stopped.
pub fn play(runtime: &Runtime, keep: bool, stop: &CancellationToken) -> Result<Vec<String>, Error> {
    println!("Starting Kubernetes: a real control plane, twelve fake nodes in three zones");
    let begin = Instant::now();
    let mut stage = Stage::up(keep)?;
    let up = Instant::now();
    said(begin, stop)?;
    println!("Installing Alizé from charts/alize");
    let product = stage.install()?;
    said(up, stop)?;
    // On this thread, which lives as long as the demo: the operator ends with the thread that starts it.
    runtime.block_on(Play::run(&mut stage, product, up, stop, keep))
}

/// Says how long a step took, and ends here if somebody asked for it.
fn said(since: Instant, stop: &CancellationToken) -> Result<(), Error> {
    println!("  {:.1} s", since.elapsed().as_secs_f64());
    if stop.is_cancelled() {
        Err(Error::Stopped)
    } else {
        Ok(())
    }
}

/// The day while it is played.
struct Play<'a> {
    stage: &'a Stage,
    product: &'a Product,
    client: Client,
    site: Arc<Site>,
    observer: Observer,
    day: Day,
}

impl Play<'_> {
    async fn run(
        stage: &mut Stage,
        product: Product,
        up: Instant,
        stop: &CancellationToken,
        keep: bool,
    ) -> Result<Vec<String>, Error> {
        let platform = examples::read(&stage.path("examples/platform"))?;
        let jobs = examples::read(&stage.path("examples/jobs"))?;
        let client = stage.client().await?;
        let nodes = Api::<Node>::all(client.clone()).list(&ListParams::default()).await;
        let site = Arc::new(Site::read(
            &platform,
            &nodes.map_err(Error::kube("list the nodes"))?.items,
        ));
        // From before the first job exists.
        let observer = Observer::start(&client, &site).await;
        println!("Starting the operator, as its own ServiceAccount");
        let begin = Instant::now();
        let day = Day::beginning(Timestamp::now());
        product.apply(&examples::manifests(
            &[platform, forecasts(&day), vec![workload::background()]].concat(),
        ))?;
        stage.start_operator(&product)?;
        said(begin, stop)?;
        let play = Play {
            stage,
            product: &product,
            client,
            site,
            observer,
            day,
        };
        let in_time = play.until_the_end(&jobs, up, stop).await?;
        let mut broken = play.tell(up)?;
        if !in_time {
            broken.insert(
                0,
                format!("the day was not over {} s after the cluster was up", AT_MOST.as_secs()),
            );
        }
        drop(play);
        if keep {
            println!("\n{}", stage.leave(&product)?);
        } else {
            println!("\nThe cluster is gone. To look around in one: make demo KEEP=1");
        }
        Ok(broken)
    }

    /// Submits everything and waits until all has run; returns whether that was in time.
    async fn until_the_end(&self, jobs: &[Value], up: Instant, stop: &CancellationToken) -> Result<bool, Error> {
        let work = async {
            self.until_armed().await?;
            println!(
                "\nA day of 24 hours in two minutes: {} jobs are submitted in the first eight hours",
                { workload::JOBS as usize + jobs.len() }
            );
            tokio::try_join!(self.submit(jobs), self.stop_cron_jobs())?;
            self.until_all_completed().await;
            Ok(true)
        };
        let mut screen = Screen::new();
        let show = async {
            loop {
                self.draw(&mut screen);
                sleep(Duration::from_millis(500)).await;
            }
        };
        let ended = tokio::select! {
            ended = work => ended,
            () = show => Ok(false),
            () = stop.cancelled() => Err(Error::Stopped),
            () = tokio::time::sleep_until((up + AT_MOST).into()) => Ok(false),
        };
        self.draw(&mut screen);
        ended
    }

    fn draw(&self, screen: &mut Screen) {
        let log = self.observer.log();
        if log.jobs.is_empty() {
            return;
        }
        screen.draw(&Scene {
            log: &log,
            day: &self.day,
            site: &self.site,
            now: Timestamp::now(),
        });
    }

    /// Waits until a job created now would be held, in every namespace of an Enforce policy; asked by dry runs.
    async fn until_armed(&self) -> Result<(), Error> {
        let begin = Instant::now();
        let dry_run = PostParams {
            dry_run: true,
            ..PostParams::default()
        };
        for namespace in ["analytics", "ml", "payments"] {
            let api: Api<Job> = Api::namespaced(self.client.clone(), namespace);
            loop {
                let probe = workload::probe();
                let born = api
                    .create(&dry_run, &probe)
                    .await
                    .map_err(Error::kube("try to create a job"))?;
                if born.spec.and_then(|spec| spec.suspend) == Some(true) {
                    break;
                }
                if begin.elapsed() > ARMED_WITHIN {
                    return Err(Error::NotArmed {
                        namespace: namespace.to_owned(),
                        seconds: ARMED_WITHIN.as_secs(),
                        log: self.stage.log(),
                    });
                }
                sleep(Duration::from_millis(100)).await;
            }
        }
        Ok(())
    }

    /// Applies the examples, then creates the made-up jobs, each at its time.
    async fn submit(&self, examples: &[Value]) -> Result<(), Error> {
        self.product.apply(&examples::manifests(examples))?;
        let begin = tokio::time::Instant::now();
        for submission in workload::submissions() {
            tokio::time::sleep_until(begin + submission.after).await;
            let job: Job = serde_json::from_value(submission.job).map_err(Error::kube("read a made-up job"))?;
            let namespace = job.metadata.namespace.clone().unwrap_or_default();
            let api: Api<Job> = Api::namespaced(self.client.clone(), &namespace);
            api.create(&PostParams::default(), &job)
                .await
                .map_err(Error::kube("create a job"))?;
        }
        Ok(())
    }

    async fn stop_cron_jobs(&self) -> Result<(), Error> {
        sleep(CRON_JOBS_FOR).await;
        let all: Api<CronJob> = Api::namespaced(self.client.clone(), "analytics");
        let list = all
            .list(&ListParams::default())
            .await
            .map_err(Error::kube("list the CronJobs"))?;
        for name in list
            .items
            .iter()
            .filter_map(|cron_job| cron_job.metadata.name.as_deref())
        {
            let patch = Patch::Merge(json!({"spec": {"suspend": true}}));
            let done = all.patch(name, &PatchParams::default(), &patch).await;
            done.map_err(Error::kube(format!("suspend the CronJob {name}")))?;
        }
        Ok(())
    }

    async fn until_all_completed(&self) {
        let is_over = || {
            self.observer
                .log()
                .jobs
                .values()
                .all(|sight| sight.completed.is_some() || sight.failed)
        };
        while !is_over() {
            sleep(Duration::from_millis(200)).await;
        }
    }

    /// Prints and saves how it went; returns the promises that broke.
    fn tell(&self, up: Instant) -> Result<Vec<String>, Error> {
        let log = self.observer.log().clone();
        let accounts = accounts(&log, &self.day, &self.site);
        let outcome = Outcome::of(&log, &accounts, &self.day, &self.site, Timestamp::now());
        let directory = self.stage.path("target/demo");
        fs::create_dir_all(&directory).map_err(Error::file("create", &directory))?;
        outcome.write(&directory)?;
        self.stage.save(&directory);
        println!(
            "\nThe day is over, {:.0} s after the cluster was up: {} jobs, {} held, {} completed\n",
            up.elapsed().as_secs_f64(),
            outcome.jobs,
            outcome.held,
            outcome.completed
        );
        println!("{}\n", report::savings(&accounts, &outcome, &log, &self.site));
        println!(
            "Promises, seen on the API server by an observer that is not the operator\n{}\n",
            report::promises(&outcome)
        );
        let own = self.product.kubectl(&["get", "carbonpolicies,gridzones"])?;
        println!(
            "What Alizé itself says: kubectl get carbonpolicies,gridzones\n{}\n",
            report::indented(&own)
        );
        if let Some((job, text)) =
            report::best(&accounts, &log).and_then(|job| Some((job.clone(), self.stage.explain(&job)?)))
        {
            println!(
                "Why {job} ran when and where it did: alize explain job\n{}\n",
                report::indented(&text)
            );
        }
        println!("Where to look next\n{}", report::indented(NEXT));
        Ok(outcome.broken())
    }
}

/// Where to look next.
const NEXT: &str = "\
target/demo/result.json                          these figures
target/demo/operator.log, metrics.txt            the operator's log and metrics
kubectl get carbonpolicies,gridzones -o wide     what each policy holds, each grid says
kubectl get emissionsreports -A                  what each namespace emitted and saved
kubectl events -A --types=Normal | grep alize    every decision, as its owner sees it
alize explain job train-model -n ml              one decision: when, where, why, what else there was";

/// The ConfigMaps that the examples' zones read.
fn forecasts(day: &Day) -> Vec<Value> {
    let maps = ZONES.iter().map(|zone| {
        let (intensity, renewable) = day.forecasts(zone, FORECAST_HOURS);
        json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": format!("forecast-{zone}"), "namespace": NAMESPACE},
            "data": {"intensity.json": intensity, "renewable.json": renewable},
        })
    });
    maps.collect()
}
