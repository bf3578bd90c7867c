//! One request for all who ask the same at the same time: two signals that one answer gives, or one place of two zones.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::OnceCell;

use super::error::SourceError;

type Said = Result<Vec<u8>, SourceError>;

/// What is being asked now.
#[derive(Default)]
pub(super) struct Flights(Mutex<BTreeMap<String, Weak<OnceCell<Said>>>>);

impl fmt::Debug for Flights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flights").finish_non_exhaustive()
    }
}

impl Flights {
    /// What `ask` gives; or what somebody else is just told who asks the same, by the words of `what`.
    pub(super) async fn share(&self, what: String, ask: impl Future<Output = Said>) -> Said {
        let flight = self.join(what);
        flight.get_or_init(|| ask).await.clone()
    }

    fn join(&self, what: String) -> Arc<OnceCell<Said>> {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        flights.retain(|_, flight| flight.strong_count() > 0);
        if let Some(flight) = flights.get(&what).and_then(Weak::upgrade) {
            return flight;
        }
        let flight = Arc::default();
        flights.insert(what, Arc::downgrade(&flight));
        flight
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_asks_the_same_meanwhile_is_told_the_same_and_who_comes_later_asks_anew() {
        let (flights, count) = (Flights::default(), AtomicUsize::new(0));
        let ask = |what: &str| {
            let count = &count;
            flights.share(what.to_owned(), async move {
                let number = count.fetch_add(1, Ordering::SeqCst) as u8;
                tokio::time::sleep(Duration::from_secs(1)).await;
                Ok(vec![number])
            })
        };
        let (one, other, different) = tokio::join!(ask("a"), ask("a"), ask("b"));
        assert_eq!(one, other);
        assert_ne!(one, different);
        assert_eq!(ask("a").await, Ok(vec![2]), "two were asked before");
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_leaves_it_to_the_others() {
        let flights = Flights::default();
        let never = flights.share("a".into(), std::future::pending());
        let patient = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            flights.share("a".into(), async { Ok(vec![7]) }).await
        };
        let (given_up, told) = tokio::join!(tokio::time::timeout(Duration::from_secs(5), never), patient);
        assert!(given_up.is_err());
        assert_eq!(told, Ok(vec![7]));
    }
}
