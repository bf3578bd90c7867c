//! The API `alize.dev/v1alpha1`: four kinds, and the labels and annotations of a job.
//!
//! | kind | who writes it | what for |
//! | --- | --- | --- |
//! | [`CarbonPolicy`] | platform team | which jobs may wait, for how long, and where they may run |
//! | [`GridZone`] | cluster admin | which nodes draw on which grid, and where its forecast comes from |
//! | [`HoldSwitch`] | the leader | the parameter of the admission policy: hold, or let new jobs run |
//! | [`EmissionsReport`] | the leader | a namespace's ledger of one month |
//!
//! `alize crds` writes the definitions into `crds/`; they are never edited by hand.

mod annotations;
mod conditions;
mod control;
mod crds;
mod job;
mod manifests;
mod policy;
mod providers;
mod report;
mod selector;
mod source;
mod switch;
mod text;
mod zone;

pub use annotations::{InvalidAnnotation, Wishes};
pub use conditions::{condition, is_true, set_condition};
pub use control::{Control, is_drawn};
pub use crds::{all_crds, crd_yaml};
pub use job::{MOST_REWRITES, PlanChoice, PlanRecord, annotation, label};
pub use manifests::documents;
pub use policy::{
    CarbonPolicy, CarbonPolicySpec, CarbonPolicyStatus, Delay, Estimates, ForecastRules, Mode, Objective,
    PlacementRules, Strategy,
};
pub use providers::{
    CarbonAwareSource, EiaSource, ElectricityMapsSource, EliaSource, EnergiDataServiceSource, EnergyChartsSource,
    EntsoeSource, LoginRef, NesoSource, OpenMeteoSource, OpenMeteoTerms, ParametersRef, PrometheusSource,
    PrometheusUnit, SecretRef, WattTimeSource,
};
pub use report::{EmissionsReport, EmissionsReportSpec, EmissionsReportStatus, ReportEntry};
pub use selector::{is_empty, matches};
pub use source::{ConfigMapSource, ConstantSource, FileSource, Source, YearlySource};
pub use switch::{HoldSwitch, HoldSwitchSpec, HoldSwitchStatus};
pub use text::{Decimal, Percent, Period};
pub use zone::{Capacity, GridZone, GridZoneSpec, GridZoneStatus, Location, SignalStatus};

/// The API group, and the prefix of every label and annotation.
pub const GROUP: &str = "alize.dev";
/// The API version.
pub const VERSION: &str = "v1alpha1";
