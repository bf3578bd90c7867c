//! The closed lists that labels are taken from.

macro_rules! label {
    ($(#[$doc:meta])* $name:ident { $($(#[$what:meta])* $variant:ident => $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$what])* $variant,)+
        }

        impl $name {
            /// All values, in the order of their declaration.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The value of the label.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}

label! {
    /// Who was asked for a forecast.
    Provider {
        /// A file below the data directory.
        File => "file",
        /// A ConfigMap of the operator's namespace.
        ConfigMap => "config_map",
        /// A constant of the zone, or the yearly figure of a country.
        Constant => "constant",
        /// Energy-Charts.
        EnergyCharts => "energy_charts",
        /// Electricity Maps.
        ElectricityMaps => "electricity_maps",
        /// The Carbon Intensity API of Great Britain.
        Neso => "neso",
        /// A Carbon Aware SDK.
        CarbonAware => "carbon_aware",
        /// A Prometheus.
        Prometheus => "prometheus",
        /// The ENTSO-E Transparency Platform.
        Entsoe => "entsoe",
        /// The Energy Information Administration of the United States.
        Eia => "eia",
        /// WattTime.
        WattTime => "watttime",
        /// Energi Data Service of Denmark.
        EnergiDataService => "energi_data_service",
        /// Elia of Belgium.
        Elia => "elia",
        /// Our weather model on Open-Meteo.
        OpenMeteo => "open_meteo",
    }
}

label! {
    /// How a request for a forecast ended.
    FetchOutcome {
        /// A series came back and was accepted.
        Success => "success",
        /// No answer in time, no connection, or nothing there to read.
        Unreachable => "unreachable",
        /// The provider asked us to come back later.
        RateLimited => "rate_limited",
        /// The provider does not know the key.
        Unauthorized => "unauthorized",
        /// The provider answered with an error, or does not serve this zone.
        Refused => "refused",
        /// The provider has nothing (yet).
        NoData => "no_data",
        /// The answer was too large, broken or implausible, and was thrown away.
        Invalid => "invalid",
        /// Our own rules forbid the endpoint; nothing was sent.
        Blocked => "blocked",
    }
}

label! {
    /// What was asked of the API server.
    Verb {
        /// A new object.
        Create => "create",
        /// A merge or apply patch.
        Patch => "patch",
        /// A whole object, at the version that was read.
        Update => "update",
        /// An object of ours that is no longer wanted.
        Delete => "delete",
    }
}

label! {
    /// What was written.
    Resource {
        /// A user's job.
        Job => "jobs",
        /// The status of a policy.
        CarbonPolicy => "carbonpolicies",
        /// The status of a zone.
        GridZone => "gridzones",
        /// A switch of the admission policy.
        HoldSwitch => "holdswitches",
        /// A namespace's ledger.
        EmissionsReport => "emissionsreports",
        /// What services said last, for after a restart.
        ConfigMap => "configmaps",
        /// An event.
        Event => "events",
        /// The leader's lease.
        Lease => "leases",
    }
}

label! {
    /// What became of a write.
    WriteOutcome {
        /// The API server accepted it.
        Applied => "applied",
        /// Somebody else wrote first; the next cycle decides anew.
        Conflict => "conflict",
        /// The object no longer exists.
        Gone => "gone",
        /// Access rights or an admission policy forbid it.
        Denied => "denied",
        /// Anything else: the server is away, or too slow.
        Failed => "failed",
    }
}

label! {
    /// Why a reconcile or a cycle failed.
    ErrorCategory {
        /// The object asks for something impossible; only its owner can help.
        Invalid => "invalid",
        /// Somebody else wrote first.
        Conflict => "conflict",
        /// Access rights or an admission policy forbid it.
        Denied => "denied",
        /// The API server or a provider is away; tried again.
        Unavailable => "unavailable",
        /// A fault of this program.
        Internal => "internal",
    }
}

label! {
    /// How emissions were computed: by which intensity, and whether the energy was measured.
    Method {
        /// Average intensity; the energy follows from declared or assumed watts.
        AverageEstimated => "average_estimated",
        /// Average intensity; a meter gave the energy.
        AverageMeasured => "average_measured",
        /// Marginal intensity; the energy follows from declared or assumed watts.
        MarginalEstimated => "marginal_estimated",
        /// Marginal intensity; a meter gave the energy.
        MarginalMeasured => "marginal_measured",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_list_is_long_and_no_value_is_there_twice() {
        let lists: [Vec<&str>; 7] = [
            Provider::ALL.iter().map(|v| v.as_str()).collect(),
            FetchOutcome::ALL.iter().map(|v| v.as_str()).collect(),
            Verb::ALL.iter().map(|v| v.as_str()).collect(),
            Resource::ALL.iter().map(|v| v.as_str()).collect(),
            WriteOutcome::ALL.iter().map(|v| v.as_str()).collect(),
            ErrorCategory::ALL.iter().map(|v| v.as_str()).collect(),
            Method::ALL.iter().map(|v| v.as_str()).collect(),
        ];
        for mut list in lists {
            let all = list.len();
            list.sort_unstable();
            list.dedup();
            assert!(list.len() == all && all <= 14, "{list:?}");
        }
    }
}
