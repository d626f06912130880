"""What can be said of a model before it is called."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mldevbench.gateway import Price, check_model, is_synthetic, price_known
from mldevbench.outcome import UserError
from mldevbench.spec import Named


def test_importing_the_gateway_is_cheap() -> None:
    code = (
        "import sys, mldevbench.gateway; print([m for m in ('litellm', 'uvicorn', 'starlette', 'pydantic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_scripted_models_are_synthetic() -> None:
    assert is_synthetic(Named.parse("scripted/coin?p=0.1"))
    assert not is_synthetic(Named.parse("openai/scripted"))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("scripted/orakel", "did you mean scripted/oracle"),
        ("nowhere/m", "PROVIDER/MODEL"),
        ("openai/gpt-4o", "set OPENAI_API_KEY"),
        ("anthropic/claude-x", "set ANTHROPIC_API_KEY"),
        ("gemini/gemini-2.5-pro", "set GEMINI_API_KEY"),
        ("azure/mine", "set AZURE_API_KEY and AZURE_API_BASE and AZURE_API_VERSION"),
    ],
)
def test_a_model_that_cannot_work_is_told_beforehand(model: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as raised:
        check_model(Named.parse(model), keys={})
    assert "\n" not in str(raised.value)


def test_a_model_with_its_key_or_its_own_address_can_work() -> None:
    check_model(Named.parse("scripted/oracle"), keys={})
    check_model(Named.parse("openai/gpt-4o?temperature=0"), keys={"OPENAI_API_KEY": "x"})
    check_model(Named.parse("openai/local"), keys={}, api_bases={"openai": "http://127.0.0.1:8000/v1"})


def test_whether_a_price_is_known() -> None:
    assert price_known(Named.parse("openai/gpt-4o"), {})
    assert price_known(Named.parse("scripted/oracle"), {})
    assert not price_known(Named.parse("openai/of-our-own"), {})
    assert price_known(Named.parse("openai/of-our-own?temperature=0"), {"openai/of-our-own": Price(1, 2)})


def test_prices_are_read() -> None:
    assert Price.parse("openai/m=3,15") == ("openai/m", Price(3, 15))
    assert Price.parse("a=b=1,2,0.5") == ("a=b", Price(1, 2, 0.5))


@pytest.mark.parametrize("text", ["", "m", "m=", "=1,2", "m=1", "m=1,x", "m=1,2,3,4", "m=-1,2", "m=nan,1", "m=1,inf"])
def test_a_malformed_price_is_told(text: str) -> None:
    with pytest.raises(UserError, match="write MODEL=IN,OUT"):
        Price.parse(text)
