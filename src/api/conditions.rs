//! Conditions as the API conventions want them.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

/// A condition of this type; `set_condition` gives it its transition time.
pub fn condition(
    type_: &str,
    status: bool,
    reason: &str,
    message: impl Into<String>,
    generation: Option<i64>,
) -> Condition {
    Condition {
        type_: type_.to_owned(),
        status: if status { "True" } else { "False" }.to_owned(),
        reason: reason.to_owned(),
        message: message.into(),
        observed_generation: generation,
        last_transition_time: Time(Timestamp::UNIX_EPOCH),
    }
}

/// Puts `new` into `conditions`; the transition time changes only with the status.
pub fn set_condition(conditions: &mut Vec<Condition>, mut new: Condition, now: Timestamp) {
    // Kubernetes writes whole seconds; anything finer would differ from what is read back, and be written again.
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    new.last_transition_time = Time(now);
    let Some(old) = conditions.iter_mut().find(|c| c.type_ == new.type_) else {
        conditions.push(new);
        return;
    };
    if old.status == new.status {
        new.last_transition_time = old.last_transition_time.clone();
    }
    *old = new;
}

/// Whether the condition of this type is true.
pub fn is_true(conditions: &[Condition], type_: &str) -> bool {
    conditions.iter().any(|c| c.type_ == type_ && c.status == "True")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transition_time_moves_only_with_the_status() {
        let at = |s| Timestamp::from_second(s).unwrap();
        let mut all = Vec::new();
        set_condition(&mut all, condition("Ready", true, "InForce", "a", Some(1)), at(10));
        set_condition(&mut all, condition("Ready", true, "InForce", "b", Some(2)), at(20));
        assert_eq!((all[0].last_transition_time.0, all[0].message.as_str()), (at(10), "b"));
        set_condition(&mut all, condition("Ready", false, "NoZone", "c", Some(2)), at(30));
        assert_eq!(all[0].last_transition_time.0, at(30));
        assert!(!is_true(&all, "Ready"));
    }
}
