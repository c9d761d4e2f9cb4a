"""How many of some independent events happen, and what such a number says of each of them.

Given the climate nations are independent, so that how many of them join, or were willing on the day
of a count of unnamed members, has the Poisson-binomial law [ChenLiu1997]_. All functions here work
through nations one after another, and are exact.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.core.layout import Integers, Reals


def chances_to_come(chance: Reals, number: Reals) -> Reals:
    """Return the chance of an observation, by how many of the first events have happened.

    Parameters
    ----------
    chance : ndarray, shape (Q, N)
        Of each of N independent events, in Q cases.
    number : ndarray, shape (n + 1,)
        Chance of the observation if 0 to n of them happen; more cannot be.

    Returns
    -------
    ndarray, shape (N + 1, Q, n + 1)
        First index: how many events have been decided.
    """
    n_cases, n_events = chance.shape
    to_come = np.empty((n_events + 1, n_cases, number.size))
    to_come[n_events] = number
    for event in range(n_events - 1, -1, -1):
        p, after = chance[:, event, None], to_come[event + 1]
        to_come[event] = after * (1.0 - p)
        to_come[event, :, :-1] += after[:, 1:] * p
    return to_come


def log_chance_of_number(chance: Reals, number: Reals) -> tuple[Reals, Reals]:
    """Return the log chance of how many of some independent events happen, and its derivatives.

    Parameters
    ----------
    chance : ndarray, shape (Q, N)
        Of each event, in Q cases.
    number : ndarray, shape (n + 1,)
        Chance of the observation if 0 to n of them happen; more cannot be.

    Returns
    -------
    log_chance : ndarray, shape (Q,)
    slope : ndarray, shape (Q, N)
        Derivative of the log chance to each chance.
    """
    to_come, slope = chances_to_come(chance, number), np.empty_like(chance)
    before = np.zeros_like(to_come[0])
    before[:, 0] = 1.0
    for event, p in enumerate(chance.T[:, :, None]):
        one_more = np.zeros_like(before)
        one_more[:, :-1] = to_come[event + 1, :, 1:]
        slope[:, event] = (before * (one_more - to_come[event + 1])).sum(axis=1)
        happened = before[:, :-1] * p
        before = before * (1.0 - p)
        before[:, 1:] += happened
    total = np.maximum(to_come[0, :, 0], np.finfo(float).tiny)
    return np.log(total), slope / total[:, None]


def draw_counted(
    chance: Reals, number: Reals, cases: Integers, random: np.random.Generator
) -> NDArray[np.bool_]:
    """Return joint draws of which events happened, given an observation of how many did.

    Parameters
    ----------
    chance, number
        As for `log_chance_of_number`; in no case that is drawn the observation is impossible.
    cases : ndarray, shape (D,)
        The case of each draw, 0 to Q - 1.
    random : Generator

    Returns
    -------
    ndarray of bool, shape (D, N)
    """
    to_come = np.pad(chances_to_come(chance, number), ((0, 0), (0, 0), (0, 1)))
    happened = np.zeros((cases.size, chance.shape[1]), dtype=bool)
    so_far = np.zeros(cases.size, dtype=np.int64)
    for event, p in enumerate(chance.T):
        if_it_does = p[cases] * to_come[event + 1, cases, so_far + 1]
        total = to_come[event, cases, so_far]
        happened[:, event] = random.random(cases.size) * total < if_it_does
        so_far += happened[:, event]
    return happened


def sizes_of_independent(chance: Reals) -> Reals:
    """Chances of how many of some independent nations join.

    Parameters
    ----------
    chance : ndarray, shape (..., N)
        That each nation joins, in any number of cases.

    Returns
    -------
    ndarray, shape (..., N + 1)
    """
    sizes = np.zeros((*chance.shape[:-1], chance.shape[-1] + 1))
    sizes[..., 0] = 1.0
    for each in np.moveaxis(chance, -1, 0):
        p = each[..., None]
        sizes[..., 1:] = sizes[..., 1:] * (1.0 - p) + sizes[..., :-1] * p
        sizes[..., 0] *= 1.0 - each
    return sizes


def sizes_given_number(chance: Reals, number: Reals, joins: Reals) -> Reals:
    """Return chances of how many nations join, given an observation of how many were willing.

    Parameters
    ----------
    chance, number
        As for `log_chance_of_number`: N nations, each willing or not.
    joins : ndarray, shape (2, Q, N)
        Chance of each nation of joining if it was not willing, and if it was.

    Returns
    -------
    ndarray, shape (Q, N + 1)
    """
    n_cases = chance.shape[0]
    # By case, how many were willing, and how many join.
    table = np.zeros((n_cases, number.size, 1))
    table[:, 0, 0] = 1.0
    for nation, p in enumerate(chance.T[:, :, None, None]):
        with_it = np.zeros_like(table)
        with_it[:, 1:] = table[:, :-1] * p
        without = table * (1.0 - p)
        join_without, join_with = joins[:, :, nation, None, None]
        stays = without * (1.0 - join_without) + with_it * (1.0 - join_with)
        table = np.zeros((n_cases, number.size, nation + 2))
        table[:, :, :-1] = stays
        table[:, :, 1:] += without * join_without + with_it * join_with
    sizes = np.einsum("qms,m->qs", table, number)
    return np.asarray(sizes / np.maximum(sizes.sum(axis=1, keepdims=True), np.finfo(float).tiny))
