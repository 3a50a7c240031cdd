import click

from mxlatch.cli import options
from mxlatch.cli.settings import NAMES


def test_each_group_arrives_as_one_value():
    @click.command()
    @options.looking
    @options.judging
    @options.telling
    def command(looking: options.Looking, judging: options.Judging, telling: options.Telling) -> tuple[object, ...]:
        return looking.vantage, looking.resolver, judging.fail_on, telling.output

    arguments = ["--vantage", "here", "--resolver", "a", "--resolver", "b", "-o", "x.json"]
    assert command.main(arguments, standalone_mode=False) == ("here", ("a", "b"), "low", "x.json")


def test_every_setting_is_listed_once():
    names = [option.opts[0].removeprefix("--") for option in options.every_setting()]
    assert sorted(names) == sorted(NAMES)


def test_leave_is_no_setting():
    assert "authorised" not in NAMES
