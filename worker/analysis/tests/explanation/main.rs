//! Attribution, texts as queries and axes: against numpy, on planted truth, and where there is nothing to
//! find.

mod axis;
mod golden;
mod null;
mod planted;
mod refined;
mod refusals;
mod synthetic;
