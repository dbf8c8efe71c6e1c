"""What of the code under test has been run, from the data that all processes left."""

import os

import coverage


def report(directory, files, package):
    """lines and branches of each file, and those of them that were never taken"""
    whole = coverage.Coverage(data_file=os.path.join(directory, "data"), branch=True, config_file=False)
    whole.combine([directory], keep=True)
    return [_file(whole, name, os.path.join(package, name)) for name in files]


def _file(whole, name, path):
    analysis = whole._analyze(path)
    missed = [[line, to] for line, targets in sorted(analysis.missing_branch_arcs().items()) for to in sorted(targets)]
    return dict(file=name, lines=analysis.numbers.n_statements, branches=analysis.numbers.n_branches,
                missed_lines=sorted(analysis.missing), missed_branches=missed)
