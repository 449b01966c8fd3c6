//! The types that cross the thread between the page and its worker.
