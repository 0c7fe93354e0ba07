"""An extension of the model, as the tests of several executors use it."""

MECHANISM = """\
import numpy as np
from citysim import Extension

fund = Extension("fund", "a fund of cities")
fund.parameter("fund_share", 0.5, low=0, high=2, prior=(0.1, 1.0), unit="share", description="what is paid")


@fund.start
def nothing(setting, draws):
    return {"paid": np.zeros(setting.world.n_states)}


@fund.phase("funding", after="networks")
def pay(state, setting, draws):
    chance = draws.uniform("pay", setting.world.n_states)
    state.extensions.fund.paid = setting.parameters.fund_share * chance


@fund.outcome("paid", "Paid by the fund", unit="resources", summary="sum", better=1)
def paid(state, setting):
    return state.extensions.fund.paid.sum()
"""
