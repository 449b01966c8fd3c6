//! Single-cell files to and from AnnData.
