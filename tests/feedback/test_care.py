"""Crisis words and false alarms; help lines by region."""

from __future__ import annotations

import pytest

from voice_agent.care import CrisisKind
from voice_agent.catalog.help_lines import load_help_lines
from voice_agent.feedback.care_words import crisis_in, distress_in

ALARMS = [
    "i want to kill myself",
    "I just don't want to live anymore.",
    "sometimes i think about ending my life",
    "he hits me when he drinks",
    "my boyfriend choked me last night",
    "i'm going to stab him",
    "everyone would be better off without me",
    "I've been cutting myself again",
    "i'm scared he'll hurt the kids",
    "i feel suicidal",
    "she threatened to kill me",
    "you hit me last week and i can't pretend it didn't happen",
    "i wish i was dead",
    "I'm going to kill you and i mean it",
    "I took all my pills",
    "i just swallowed all of the pills",
    "i'm going to kms",
    "i was raped",
    "I've been molested",
    "i've been cutting again",
    "i wish i wasn't alive",
    "I don't see a point in living",
    "i could just jump in front of a train",
    "my partner gets violent with me",
    "he put his hands around my throat",
    "she pushed me down the stairs",
    "I'm being abused at home",
    "my dad touches me at night",
    "dad used to beat me with his belt",
    "i might hurt somebody",
]
FALSE_ALARMS = [
    "this traffic is killing me",
    "i could kill for a coffee",
    "I nearly died of embarrassment",
    "you kill me with that joke",
    "i'm dying to know",
    "my feet are killing me",
    "the news hit me hard",
    "he beat me at chess",
    "you hit me with a bill",
    "she beats me to it every time",
    "i want to die of shame when you say that",
    "don't shoot the messenger",
    "i'm not going to hurt you",
    "i don't want to live with you any more",
    "we don't want to be here tomorrow",
    "it would kill my mother",
    "the deadline is murder",
    "i cut myself shaving",
    "i'll hurt myself lifting that sofa",
    "it's five kms from here",
    "did you take all your pills",
    "you're killing me dave",
    "i don't want to be alive in a world without pizza",
    "he shot me a look",
    "she hit me up for money",
    "i'd die for that cake",
    "I don't want to hurt you",
    "mom would kill me if she knew",
    "kill the lights please",
    "that punch line hurt",
    "He kicked me out of the band",
    "he kicked me out of the house",
    "i'm going to kill you if you eat my yoghurt again",
    "it's killing us both",
    "you're hurting me when you say that",
    "that hurt me",
    "the cost will kill us",
    "i'd rather die than sing in public",
    "you beat me by ten points",
    "my friend killed herself last year and i'm still sad",
    "a panic button",
    "I don't want to be here when he comes",
    "stop beating around the bush",
    "you always hit me with these questions",
    "she slapped a fee on me",
    "i'll shoot you an email",
    "he hits me with invoices every month",
    "I'm afraid he'll hurt my feelings",
    "she touched me when she said thank you",
    "he locks me into a contract",
    "you never let me leave the house a mess",
    "he beats me every time we play",
    "would you jump off a bridge if he did",
]


@pytest.mark.parametrize("said", ALARMS)
def test_what_is_said_in_earnest_is_noticed(said: str) -> None:
    assert crisis_in(said) is not None


@pytest.mark.parametrize("said", FALSE_ALARMS)
def test_idioms_denials_and_other_peoples_stories_are_left_alone(said: str) -> None:
    assert crisis_in(said) is None


@pytest.mark.parametrize(
    "said", ["i can't do this it's too much i'm shaking", "i can't breathe", "i need to stop i'm crying"]
)
def test_distress_is_noticed(said: str) -> None:
    assert distress_in(said) is not None
    assert crisis_in(said) is None


@pytest.mark.parametrize(
    "said", ["would you wash the dishes tonight", "i was frustrated on monday", "i'm not crying about it", ""]
)
def test_ordinary_feelings_are_no_distress(said: str) -> None:
    assert distress_in(said) is None


@pytest.mark.parametrize("region", ["US", "us", "GB", "IE", "DE", "XX", "ZZ"])
@pytest.mark.parametrize("kind", list(CrisisKind))
def test_every_region_has_somebody_to_call(region: str, kind: CrisisKind) -> None:
    lines = load_help_lines().lines_for(region, kind)
    assert lines
    assert lines[-1].startswith("In danger now:")
