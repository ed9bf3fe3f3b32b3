"""Riksnormen: what the authorities have published against the reckoning."""

from datetime import date

import pytest

from fake_procapita.norm import YEARS, Child, costs, interval, joint, not_sambo

NOVEMBER = date(2022, 11, 1)

# What an authority or a municipality has worked out itself: household, total, and where it stands.
PUBLISHED = [
    (2014, "shared by 5", 3292, "Socialstyrelsen 2013-11-19: 1 710 kr ÷ 5 + 2 950 kr"),
    (2017, "shared by 5", 3328, "Socialstyrelsen dnr 3.8-27193/2016: 1 740 kr/5 personer + 2 980 kr"),
    (2014, "eighth person", 170, "Socialstyrelsen 2013-11-19: 170 kronor for each further member"),
    (2017, "eighth person", 170, "Socialstyrelsen dnr 3.8-27193/2016: the same"),
    (2019, "eighth person", 170, "socialstyrelsen.se, riksnormen 2019: the same"),
    (2026, "single", 5220, "regeringen.se, riksnorm för 2026 fastställd"),
    (2026, "couple", 8510, "regeringen.se, riksnorm för 2026 fastställd"),
]

# The posts that municipalities publish, which add up to a year's figures: children by age, single, couple.
POSTS = {
    # tranas.se, norm för ekonomiskt bistånd
    2022: (
        (915, 1035, 1140, 1330, 1505, 1765, 2085, 2105, 1865, 3020),
        (375, 495, 535, 535, 635, 680, 720, 720, 605, 1205),
        (175, 280, 295, 425, 760, 865, 900, 910, 450, 920),
        (685, 595, 160, 110, 130, 190, 255, 255, 290, 655),
        (70, 75, 80, 80, 80, 80, 80, 80, 0, 0),
    ),
    # engelholm.se, budgetnorm
    2023: (
        (890, 970, 1050, 1240, 1450, 1700, 2000, 2030, 1950, 3200),
        (470, 590, 610, 630, 720, 780, 850, 850, 650, 1310),
        (300, 400, 410, 510, 860, 1000, 1030, 1010, 500, 1000),
        (640, 620, 220, 200, 200, 260, 360, 390, 390, 790),
        (120, 120, 120, 120, 150, 150, 150, 150, 0, 0),
    ),
}
SHARED_POSTS = {
    2022: ((140, 150, 270, 305, 350, 415, 445), (900, 1000, 1180, 1335, 1540, 1725, 1865)),
    2023: ((210, 220, 350, 400, 480, 560, 590), (920, 1030, 1230, 1390, 1580, 1770, 1920)),
}


@pytest.mark.parametrize(("year", "household", "total", "source"), PUBLISHED)
def test_published_examples(year: int, household: str, total: int, source: str) -> None:
    reckoned = {
        "single": sum(costs(date(year, 1, 1), 1, [])),
        "couple": sum(costs(date(year, 1, 1), 2, [])),
        "shared by 5": not_sambo(year, 5),
        "eighth person": joint(year, 8) - joint(year, 7),
    }
    assert reckoned[household] == total, source


@pytest.mark.parametrize("year", POSTS)
def test_the_published_posts_add_up_to_the_figures(year: int) -> None:
    norm = YEARS[year]
    assert tuple(map(sum, zip(*POSTS[year], strict=True))) == (*norm.children, norm.single, norm.couple)
    assert tuple(map(sum, zip(*SHARED_POSTS[year], strict=True))) == norm.shared


def test_half_a_krona_goes_upwards_and_days_end_with_the_month() -> None:
    """2 210 × 1 ÷ 28 = 78.93; 30 days in February are the whole of it."""
    child = date(2019, 1, 1)
    assert costs(date(2022, 2, 1), 1, [Child(child, 1)])[0] == 3210 + 79
    assert costs(date(2022, 2, 1), 1, [Child(child, 30)])[0] == 3210 + 2210
    assert not_sambo(2022, 4) == 3210 + 410


def test_the_figures_follow_the_year() -> None:
    assert costs(date(2023, 1, 1), 1, []) == (3490, 1130)
    assert joint(2023, 9) == 2510 + 2 * 180


@pytest.mark.parametrize(("larger", "smaller"), [(2019, 2018), (2023, 2022)])
def test_a_later_norm_is_higher_in_every_figure(larger: int, smaller: int) -> None:
    later, earlier = YEARS[larger], YEARS[smaller]
    for above, below in zip(later.children + later.shared, earlier.children + earlier.shared, strict=True):
        assert above > below


def test_2018_two_per_cent_up_is_2019() -> None:
    """Socialstyrelsen says so of its figures: every post by 2 per cent, to the nearest ten."""
    before, after = YEARS[2018], YEARS[2019]
    for old, new in zip(before.children + before.shared, after.children + after.shared, strict=True):
        assert round(old * 1.02, -1) == new


def test_every_year_has_a_source() -> None:
    assert all(norm.source and norm.certainty for norm in YEARS.values())
    assert all(len(norm.children) == 8 and len(norm.shared) == 7 for norm in YEARS.values())


def test_the_interval_is_named_as_the_table_names_it() -> None:
    assert interval("201811012391", NOVEMBER) == "4–6 år"
    assert interval("201911012391", NOVEMBER) == "3 år"
