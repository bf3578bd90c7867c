//! What is tried beside one another, on as many processors as there are.

use rayon::prelude::*;

use super::book::Book;

/// Does the same with each of these, in an empty book of its own over the room that this one has; the results in their order.
/// None sees what another does, so that the same comes of it on any number of processors.
pub(super) fn each<T: Send, R: Send>(
    book: &Book<'_>,
    these: Vec<T>,
    act: impl Fn(&mut Book<'_>, T) -> R + Sync,
) -> Vec<R> {
    these.into_par_iter().map(|this| alone(book, this, &act)).collect()
}

/// The same with two.
pub(super) fn both<T: Send, R: Send>(
    book: &Book<'_>,
    (one, other): (T, T),
    act: impl Fn(&mut Book<'_>, T) -> R + Sync,
) -> (R, R) {
    rayon::join(|| alone(book, one, &act), || alone(book, other, &act))
}

/// Something with a book, and, where there is a processor for it, something that may be of use with one of its own beside it.
pub(super) fn with_another<R: Send, S: Send>(
    book: &Book<'_>,
    act: impl FnOnce(&Book<'_>) -> R + Send,
    other: Option<impl Fn(&mut Book<'_>) -> S + Sync>,
) -> (R, Option<S>) {
    match other.filter(|_| rayon::current_num_threads() > 1) {
        Some(other) => {
            let other = || Some(alone(book, (), |book: &mut Book<'_>, ()| other(book)));
            rayon::join(|| act(book), other)
        }
        None => (act(book), None),
    }
}

fn alone<T, R>(book: &Book<'_>, this: T, act: impl Fn(&mut Book<'_>, T) -> R) -> R {
    let mut room = book.capacity().clone();
    act(&mut book.beside(&mut room), this)
}
