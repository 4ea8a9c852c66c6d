"""Aligned tables for people. Pure: text in, text out."""


def number(value):
    """Three significant digits or all of a whole number, thousands apart: 41,200 · 27.9 · 0.035"""
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}"
    if size >= 1:
        return f"{value:.2f}"
    return f"{value:.3g}"


def with_spread(figure):
    """'27.9 ±2 %': the median, and how far the values lie around it."""
    if len(figure.values) < 2:
        return number(figure.median)
    return f"{number(figure.median)} ±{figure.spread * 100:.0f} %"


def table(head, rows):
    """The first column is aligned left, the others right."""
    widths = [max(len(str(row[column])) for row in [head, *rows]) for column in range(len(head))]

    def line(row):
        cells = [str(cell).ljust(width) if not column else str(cell).rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths))]
        return "  ".join(cells).rstrip()

    return "\n".join([line(head), "  ".join("-" * width for width in widths), *map(line, rows)])


COLUMNS_MAX = 4


def of_figures(figures):
    """One part's figures: a row for each name and a column for each case; where there are many cases and few names, the
    other way round."""
    cases = list(dict.fromkeys(figure.case for figure in figures))
    names = list(dict.fromkeys((figure.name, figure.unit) for figure in figures))
    cells = {(figure.case, (figure.name, figure.unit)): with_spread(figure) for figure in figures}
    titles = {name: f"{name[0]} [{name[1]}]" if name[1] else name[0] for name in names}
    if len(cases) > len(names):
        rows = [[case] + [cells.get((case, name), "") for name in names] for case in cases]
        return table(["", *titles.values()], rows)
    tables = []
    for first in range(0, len(cases), COLUMNS_MAX):
        some = cases[first:first + COLUMNS_MAX]
        tables.append(table(["", *some], [[titles[name]] + [cells.get((case, name), "") for case in some]
                                          for name in names]))
    return "\n\n".join(tables)


def of_changes(changes):
    return table(["figure", "before", "now", "ratio", ""],
                 [[" · ".join(filter(None, change.now.key)), with_spread(change.before), with_spread(change.now),
                   f"{change.ratio:.2f}", change.verdict] for change in changes])
