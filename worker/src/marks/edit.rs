//! Carries out what the scientist wants of the marks.

use std::rc::Rc;

use lexicell_protocol::{
    CellSet, Failure, FailureKind, LabelCommand, LabelSource, Output, SetExpression, SetsCommand,
};

use super::sets::{complement, difference, intersection, union};
use super::{Labeling, Marks, NamedSet, select, tell};
use crate::map;
use crate::session::{Dataset, Session, Shared};
use crate::steps::explore;
use crate::task::{Stop, Task};

/// Most classes of a labelling: more are names, not classes.
const MOST_CLASSES: usize = 500;
/// Longest name, in characters.
const LONGEST: usize = 120;

/// Carries out a command, and tells the page what is marked then.
pub(crate) fn run(task: &Task, session: &Shared, command: SetsCommand) -> Result<Output, Failure> {
    let is_labelled = {
        let mut session = session.borrow_mut();
        let before = session.marks.now().labelings.clone();
        let done = change(task, &mut session, command);
        done.map_err(|stop| match stop {
            Stop::Failed(failure) => failure,
            Stop::Cancelled => task.failure(FailureKind::Bug, "An edit cannot be stopped."),
        })?;
        before != session.marks.now().labelings
    };
    if is_labelled {
        // The map may be coloured by what changed.
        map::refresh(session);
    } else {
        map::repaint(&mut session.borrow_mut());
    }
    tell(&session.borrow());
    Ok(Output::Done)
}

fn change(task: &Task, session: &mut Session, command: SetsCommand) -> Result<(), Stop> {
    match command {
        SetsCommand::Keep(name) => keep(task, session, &name)?,
        SetsCommand::Select(expression) => {
            let cells = cells(task, session, &expression)?;
            select(session, cells);
        }
        SetsCommand::Rename { from, to } => {
            let to = checked(task, &to)?;
            let place = place_of(task, session.marks.now(), &from)?;
            if from != to {
                check_free(task, session.marks.now(), &to)?;
            }
            session
                .marks
                .change(format!("rename “{from}”"), |marks| marks.sets[place].name = to);
        }
        SetsCommand::Delete(name) => {
            let place = place_of(task, session.marks.now(), &name)?;
            session.marks.change(format!("delete “{name}”"), |marks| {
                marks.sets.remove(place);
            });
        }
        SetsCommand::Label(command) => label(task, session, command)?,
        SetsCommand::Undo => session.marks.undo(),
        SetsCommand::Redo => session.marks.redo(),
    }
    Ok(())
}

fn keep(task: &Task, session: &mut Session, name: &str) -> Result<(), Stop> {
    let name = checked(task, name)?;
    check_free(task, session.marks.now(), &name)?;
    let cells = Rc::clone(&session.marks.now().selected);
    if cells.is_empty() {
        return Err(refused(task, "No cells are selected: draw around some on the map first."));
    }
    session.marks.change(format!("keep “{name}”"), |marks| {
        marks.sets.push(NamedSet { name, cells });
    });
    Ok(())
}

fn cells(task: &Task, session: &Session, expression: &SetExpression) -> Result<Vec<u32>, Stop> {
    let dataset = dataset(task, session)?;
    let of = |set: &CellSet| explore::cells_of(task, session, &dataset, set);
    Ok(match expression {
        SetExpression::Of(set) => of(set)?,
        SetExpression::Not(set) => complement(&of(set)?, dataset.adata.n_obs() as u32),
        SetExpression::Union(a, b) => union(&of(a)?, &of(b)?),
        SetExpression::Intersection(a, b) => intersection(&of(a)?, &of(b)?),
        SetExpression::Difference(a, b) => difference(&of(a)?, &of(b)?),
    })
}

fn label(task: &Task, session: &mut Session, command: LabelCommand) -> Result<(), Stop> {
    match command {
        LabelCommand::Create { column, from } => {
            let column = free_name(task, session, &column)?;
            let labeling = begin(task, session, column.clone(), from)?;
            session.marks.change(format!("begin “{column}”"), |marks| {
                marks.labelings.push(labeling);
            });
        }
        LabelCommand::Delete { column } => {
            let place = labeling_of(task, session.marks.now(), &column)?;
            session.marks.change(format!("delete “{column}”"), |marks| {
                marks.labelings.remove(place);
            });
        }
        LabelCommand::RenameClass { column, from, to } => {
            let to = checked(task, &to)?;
            let place = labeling_of(task, session.marks.now(), &column)?;
            let mut labeling = session.marks.now().labelings[place].clone();
            if !labeling.rename_class(&from, &to) {
                return Err(refused(task, &format!("{column}: there is no class “{from}”.")));
            }
            let what = format!("name “{from}” “{to}”");
            session.marks.change(what, |marks| marks.labelings[place] = labeling);
        }
        LabelCommand::Assign { column, class } => {
            let class = class.map(|class| checked(task, &class)).transpose()?;
            let place = labeling_of(task, session.marks.now(), &column)?;
            let selected = Rc::clone(&session.marks.now().selected);
            if selected.is_empty() {
                return Err(refused(task, "No cells are selected: select those to label first."));
            }
            let mut labeling = session.marks.now().labelings[place].clone();
            labeling.assign(&selected, class.as_deref());
            if labeling.compact().categories.len() > MOST_CLASSES {
                return Err(too_many(task, &column));
            }
            let what = match &class {
                Some(class) => format!("label {} cells “{class}”", selected.len()),
                None => format!("clear the label of {} cells", selected.len()),
            };
            session.marks.change(what, |marks| marks.labelings[place] = labeling);
        }
    }
    Ok(())
}

fn begin(
    task: &Task,
    session: &Session,
    column: String,
    from: LabelSource,
) -> Result<Labeling, Stop> {
    let dataset = dataset(task, session)?;
    let classes = match from {
        LabelSource::Nothing => return Ok(Labeling::empty(column, dataset.adata.n_obs())),
        LabelSource::Column(name) => explore::classes(task, session, &dataset, &name)?,
        LabelSource::Clusters(view) => explore::clusters(task, session, view)?,
    };
    let labeling = Labeling::new(column, classes);
    let compact = labeling.compact();
    if compact.categories.len() > MOST_CLASSES {
        return Err(too_many(task, &labeling.column));
    }
    Ok(Labeling::new(labeling.column, compact))
}

/// The name, if no column of `obs`, told, measured or saved beside them, bears it.
fn free_name(task: &Task, session: &Session, column: &str) -> Result<String, Stop> {
    let column = checked(task, column)?;
    let own = session.dataset.as_ref().map(|dataset| &dataset.adata.obs);
    let is_taken = own.is_some_and(|obs| obs.column(&column).is_some())
        || session
            .told
            .iter()
            .any(|told| told.column == column || format!("{}_similarity", told.column) == column)
        || session.measured.iter().any(|measured| measured.column == column)
        || session.marks.now().labeling(&column).is_some()
        || ["leiden_text", "leiden_pca", "leiden_refined"].contains(&column.as_str());
    if is_taken {
        let text = format!("There is a column “{column}” already: choose another name.");
        return Err(refused(task, &text));
    }
    if column.contains(['/', '\0']) {
        return Err(refused(task, "A column's name cannot hold a slash (h5ad)."));
    }
    Ok(column)
}

/// A name without blanks around it.
fn checked(task: &Task, name: &str) -> Result<String, Stop> {
    let name = name.trim();
    let n = name.chars().count();
    if n == 0 || n > LONGEST {
        let text = format!("A name needs 1 to {LONGEST} characters, found {n}.");
        return Err(refused(task, &text));
    }
    Ok(name.to_owned())
}

fn check_free(task: &Task, marks: &Marks, name: &str) -> Result<(), Stop> {
    match marks.set(name) {
        None => Ok(()),
        Some(_) => {
            let text = format!("There is a set “{name}” already: choose another name.");
            Err(refused(task, &text))
        }
    }
}

fn place_of(task: &Task, marks: &Marks, name: &str) -> Result<usize, Stop> {
    let place = marks.sets.iter().position(|own| own.name == name);
    place.ok_or_else(|| refused(task, &format!("There is no set “{name}”.")))
}

fn labeling_of(task: &Task, marks: &Marks, column: &str) -> Result<usize, Stop> {
    let place = marks.labelings.iter().position(|own| own.column == column);
    place.ok_or_else(|| refused(task, &format!("There is no labelling “{column}”.")))
}

fn dataset(task: &Task, session: &Session) -> Result<Rc<Dataset>, Stop> {
    let text = "A data set must be there first.";
    session.dataset.clone().ok_or_else(|| task.failure(FailureKind::MissingInput, text).into())
}

fn too_many(task: &Task, column: &str) -> Stop {
    refused(task, &format!("{column}: expected {MOST_CLASSES} classes at most, found more."))
}

fn refused(task: &Task, text: &str) -> Stop {
    task.failure(FailureKind::BadSetting, text).into()
}
