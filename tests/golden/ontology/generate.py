"""What pronto reads of blood.obo: python generate.py (pip install pronto)."""

import json
import pathlib

import pronto

here = pathlib.Path(__file__).parent
ontology = pronto.Ontology(here / "blood.obo")
types = {
    term.id: {
        "name": term.name,
        "definition": str(term.definition) if term.definition else "",
        "synonyms": sorted(synonym.description for synonym in term.synonyms),
        "parents": sorted(parent.id for parent in term.superclasses(distance=1, with_self=False)),
        "below": sorted(kind.id for kind in term.subclasses(with_self=False) if not kind.obsolete),
    }
    for term in ontology.terms()
    if not term.obsolete
}
expected = {
    "pronto": pronto.__version__,
    "version": ontology.metadata.data_version,
    "ontology": ontology.metadata.ontology,
    "types": types,
}
(here / "blood.json").write_text(json.dumps(expected, indent=1, sort_keys=True) + "\n")
