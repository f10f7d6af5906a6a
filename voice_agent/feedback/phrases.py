"""Words and phrases of the rubric's kinds: cues beside the rater's encoder, and places to quote for the advisor.

Each list is one regular expression.

Text is matched in lower case with straight apostrophes or none (`dont`), and without punctuation but for `?`
and `!`, so that typed and recognised turns look alike.
"""

from __future__ import annotations

import re

Pattern = re.Pattern[str]


def _any(*phrases: str) -> Pattern:
    return re.compile(r"\b(?:" + "|".join(phrases) + r")\b")


_FEELINGS = (
    r"sad|hurt|angry|mad|upset|annoyed|frustrated|irritated|worried|anxious|nervous|scared|afraid|lonely|tired|"
    r"exhausted|worn out|drained|overwhelmed|stressed|stretched|stuck|disappointed|let down|left out|embarrassed|"
    r"ashamed|guilty|uncomfortable|uneasy|unhappy|happy|glad|grateful|relieved|proud|hopeful|torn|taken for granted|"
    r"invisible|unheard|dismissed|ignored|resentful|tense|on edge|heartbroken|miserable|shaken|sick about|"
    r"burned out|burnt out|at the end of my rope|bad|awful|terrible|small|used|lost|confused|jealous|fed up|alone|"
    r"pressured|discouraged|unappreciated|devalued|appreciated|loved|respected|safe|calm|excited|rushed|trapped"
)
_ADVERB = r"(?:\w+ ){0,3}?"

EXPRESS_STRONG = _any(
    rf"i(?: am|'?m| was| have been|'?ve been| get| got| end up| felt| feel| am feeling|'?m feeling|'?ve felt) {_ADVERB}(?:{_FEELINGS})",
    rf"(?:makes|made|leaves|left|has left) me (?:feel(?:ing)? )?{_ADVERB}(?:{_FEELINGS})",
    r"i (?:really |do |just )?(?:care|worry|miss|dread|need (?:some|more|time|rest|sleep|space|quiet|to feel|to know|to be|my))",
    r"i love (?:you|working|living|being|spending)",
    r"(?:it|that) (?:really |still )?(?:hurts|scares|worries|bothers|upsets|frustrates|matters to|means a lot to) me",
    r"it'?s (?:important|hard|painful|stressful|exhausting|tough) (?:to|for) me",
    r"i (?:find|found) (?:it|that|this) (?:\w+ )?(?:hard|difficult|stressful|upsetting|painful|exhausting)",
    r"i (?:value|enjoy|care about|believe|think it'?s (?:un)?fair)",
)
EXPRESS_WEAK = _any(
    r"i feel (?:like|that|as if|as though) (?:you|he|she|they|everyone|nobody|no one|it'?s|i'?m (?:the only|your|just))",
    r"(?:kind of|kinda|sort of|a little|a bit) (?:annoying|frustrating|upset|annoyed|sad|hurt|tired)",
    r"you(?:'?re| are)? (?:make|making|made|drive|driving|drove) me (?:so |really )?\w+",
    r"i (?:hate|can'?t stand|am sick of|'?m sick of|am done|'?m done|have had enough|'?ve had enough)",
    r"it'?s (?:so |really |just )?(?:annoying|frustrating|unfair|ridiculous|disgusting|not fair|rude|not great)",
    r"i (?:guess|think|feel) (?:it'?s|that'?s|this is) \w+",
    r"i don'?t (?:like|love|feel good|think it'?s (?:fair|right))",
    r"i'?d (?:rather|prefer)",
)
_WHEN = (
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday|yesterday|last (?:night|week|month|year|time|summer|"
    r"spring|fall|autumn|winter)|this (?:week|month|morning|evening|weekend|year)|tonight|today|(?:january|february|"
    r"march|april|june|july|august|september|october|november|december)|(?:two|three|four|five|six|seven|eight|nine|"
    r"ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|\d+|several|a few|couple of|couple) (?:\w+ )?(?:times|days|"
    r"nights|evenings|mornings|weeks|months|years|hours|minutes|dollars|pounds|hundred|thousand|percent|people|o'?clock|"
    r"messages|calls|shifts|weekends|dishes|plates|in a row|ago)|once|twice|at (?:one|two|three|four|five|six|seven|"
    r"eight|nine|ten|eleven|twelve|noon|midnight|dinner|lunch|work|\d+)|since|when i (?:came|got|woke|asked|told|called|"
    r"said|saw|arrived|opened|walked)|every (?:day|night|week|month|evening|morning|weekend|visit|time i)"
)
DESCRIBE_WHEN = _any(_WHEN)
DESCRIBE_WHAT = _any(
    r"(?:you|we|i|it|they|he|she|there|the \w+(?: \w+)?|your \w+|my \w+|somebody|nobody|and) (?:was|were|had|did|didn'?t|said|told|"
    r"asked|agreed|promised|left|took|sent|came|went|got|gave|called|cancell?ed|borrowed|lent|paid|worked|stayed|"
    r"presented|showed|played|woke|washed|cleaned|heard|saw|found|made|put|spent|missed|brought|mentioned|has been|"
    r"have been|had been|haven'?t|hasn'?t|wrote|texted|moved|ended|started|cooked|finished|handed|picked|covered|"
    r"checked|looked|read|answered|used|ran|kept|stopped)",
    r"(?:you'?ve|i'?ve|we'?ve|it'?s been|they'?ve)",
)
DESCRIBE_BLAME = _any(
    r"(?:you|you'?re|he|she|they|it'?s) (?:just )?(?:always|never|constantly|only ever|forever)",
    r"(?:always|never|constantly) (?:\w+ )?(?:you|your|leave|do|make|listen|help|care|clean|wash|think)",
    r"every single (?:time|day|night|one)",
    r"you (?:don'?t|do not|never|clearly don'?t|obviously don'?t) (?:even )?(?:care|listen|respect|think|appreciate|help|try|"
    r"love|do anything|understand|get it)",
    r"you(?:'?re| are) (?:so |such |just |being |really |a |an |completely |totally )*(?:lazy|selfish|rude|messy|mean|unfair|"
    r"inconsiderate|irresponsible|slob|liar|pig|jerk|idiot|ridiculous|impossible|unreasonable|disrespectful|childish|"
    r"cheap|careless|controlling|stupid|pathetic|crazy|toxic|ungrateful|a mess|hypocrite|bully|thief)",
    r"you know what (?:you|i)|you know exactly|it'?s your fault|because of you|a mess|like a pig ?sty|everything around here",
    r"you (?:only|just) (?:want|care|think|did|do|said|say) (?:it |that |this )?(?:about|because|to)",
)
ASSERT_STRONG = _any(
    r"(?:would|could|can|will) (?:you|we) (?:please |maybe )?(?!tell|believe|imagine|hear|see|say|be more|help me understand|explain)\w+",
    r"i(?:'?d| would) like (?:you|us|to|it|that|a|an|my|the|for)",
    r"i(?:'?m| am) asking (?:you|for|that|if)",
    r"i want (?:you|us|to|it|my|the|a|that) (?:to )?(?:\w+)",
    r"i need (?:you|us|it|that|the|my) (?:to )?\w+",
    r"what i(?:'?d like|'?m asking| want| need) is",
    r"please (?!don'?t be|stop being|understand|forgive)\w+",
    r"i(?:'?m| am) (?:not (?:going to|able to|available|willing)|saying no|going to say no)",
    r"i (?:can'?t|cannot|won'?t|will not) (?:take|work|come|do|go|cover|lend|stay|pay|keep|be|accept|make|help|give)",
    r"no i (?:can'?t|won'?t|am not|'?m not)",
    r"my answer is no|the answer is no|let'?s (?:agree|decide|set|make|put|try|plan)|i ask that",
    r"(?:are you|would you be) (?:willing|able|open) to|is it (?:ok|okay|possible) (?:if|for|to)|do you mind (?:\w+ing)",
    r"i request|i propose|i suggest",
)
ASSERT_WEAK = _any(
    r"just (?:do|wash|clean|stop|pay|give|be|listen|leave|tell|call|help|turn|put|get|come|fix|say)",
    r"(?:it would be|it'?d be) (?:nice|great|good|cool|helpful|lovely) if",
    r"i (?:just )?(?:need|want|wish) (?:you|things|it|this|us) (?:to be |would be |were |could be )(?:better|different|nicer|more \w+|fair)",
    r"i (?:wish|was hoping|hoped|wonder if|was wondering|kind of hoped)",
    r"(?:maybe|perhaps) (?:you|we) (?:could|should|can|might)",
    r"you (?:should|need to|have to|ought to|must|better|had better|gotta|could at least)",
    r"(?:can|could) you (?:not|just)|why (?:don'?t|can'?t) (?:you|we)|stop (?:\w+ing|it|that)|don'?t (?:you dare|ever|do that)",
    r"(?:do|try) (?:something|better)|(?:be|get) better|more careful|if you (?:could|can|want to|don'?t mind)",
    r"knock it off|cut it out|quit \w+ing|do something about",
)
REINFORCE_STRONG = _any(
    r"(?:if|when|once) (?:you|we) (?:\w+ ){1,14}?(?:you'?d|you'?ll|you would|you will|we'?d|we'?ll|we would|we will|we could|we can|you could|you can)",
    r"(?:that|this|it) way (?:you|we|both|neither)",
    r"(?:so|then|and) (?:that )?(?:you|we|we'?d|we'?ll|you'?d|you'?ll|we'?ll both|we both) (?:can|could|would|will|both|won'?t|wouldn'?t|have|get|be|'?d|'?ll)",
    r"(?:thank you|thanks) (?:so much |a lot |very much )?for (?:\w+ing|the|your|being|that|letting|taking|making)",
    r"i (?:really |truly |do |so )?appreciate (?:how|that you|the way|everything|your|you|it when|the)",
    r"(?:i'?d|i would|i'?ll) (?:be (?:glad|happy|happier|able|in a better|less|more|fresh|much)|have (?:more|the)|cook|do|make|take|pick) ",
    r"(?:good|better|easier|nicer|calmer) for (?:both of us|us both|you|all of us|the (?:team|kids|house|both))",
    r"(?:i'?ve|i have) (?:always )?(?:loved|enjoyed|valued|admired|appreciated)|you'?re (?:a great|a good|the best|good at|great at)",
    r"it means (?:a lot|so much) (?:to me )?(?:that|when) you",
)
REINFORCE_WEAK = _any(
    r"(?:i'?d|i would|i) (?:really )?appreciate (?:it|that|if)",
    r"that would (?:be|mean|help|make) (?:\w+ )*(?:great|nice|good|lot|me|so much|a lot|awesome|helpful|wonderful|better|happy)",
    r"(?:it|that|this) (?:would|'?d|will) (?:really )?(?:help|mean|make) (?:me|a lot|so much|my)",
    r"or (?:else|i'?m|i'?ll|i will|i am|you can|we'?re|we)|otherwise i|i'?d be grateful|it would make me|means a lot",
)
NEGOTIATE_STRONG = _any(
    r"(?:how|what) about (?!you\b|me\b|it\b|that\b|this\b|the fact)\w+",
    r"what if (?:we|i|you)|(?:in return|in exchange|meet (?:me |you )?(?:half ?way|in the middle)|compromise|trade)",
    r"(?:if (?:that|it|this|\w+days?|evenings|mornings|you can'?t|that'?s)(?: \w+){0,6}? (?:work|possible|too much|hard|late|enough)s?)",
    r"(?:and |then )?i(?:'?ll|'?d| will| can| could| would|'?m happy to|'?m willing to) (?:\w+ )?(?:take|do|cook|cover|handle|pay|help|drive|wear|"
    r"start|give|swap|bring|remind|stay|make|pick|wait|write|finish|buy|set|split|move|keep|work)",
    r"what (?:would|could|can|do) (?:work|make it|help|you (?:suggest|propose|think would|need))(?: \w+)*",
    r"(?:would|does|could) (?:that|it|this|either|\w+day) (?:work|be possible|help|suit)",
    r"(?:could|can|would) (?:you|we) (?:at least|start with|do half|try (?:it|that|this)? ?(?:for|one|out|just)|split|take turns|alternate|swap)",
    r"take turns|as a trial|for (?:a|one|two) (?:week|month)s?|instead|half of it|(?:even|just) (?:one|once|twice|half|part)|other ideas|any ideas",
)
NEGOTIATE_WEAK = _any(
    r"(?:we can|we could|we'?ll|let'?s) (?:work|figure|sort) (?:something|it|this|that) out",
    r"whatever (?:works|you want|you like|you think|is easiest)|up to you|(?:i'?m )?(?:flexible|open to anything|easy)",
    r"fine (?:i'?ll|i will|then|whatever|forget)|i'?ll just (?:do|wash|pay|deal|handle|live|clean|cover|take)|never ?mind|forget it|"
    r"forget i (?:said|asked)|whenever you (?:can|want|like|get)|it'?s fine don'?t|don'?t worry about it|i guess i (?:can|could|will)|"
    r"you win|have it your way|you'?re right i (?:shouldn'?t|should not)|no big deal|it doesn'?t matter|it'?s okay i",
)
CONCEDE = _any(
    r"fine (?:i'?ll|i will|whatever|forget)|i'?ll just (?:do|wash|pay|deal|handle|live|clean|take) (?:it|them|with|the|that)|never ?mind|forget (?:it|i)|"
    r"you win|have it your way|it'?s fine don'?t worry|you'?re right i (?:shouldn'?t|should not)|it doesn'?t matter|"
    r"okay fine|ok fine|i give up|i'?ll do it myself|i guess i can (?:do|take|work|come)|whatever you say",
)
ATTACK = _any(
    r"you(?:'?re| are) (?:so |such |just |being |really |a |an |completely |totally |the most |nothing but a )*(?:lazy|selfish|rude|liar|slob|pig|jerk|idiot|"
    r"ridiculous|impossible|disrespectful|childish|stupid|pathetic|crazy|toxic|ungrateful|hypocrite|bully|thief|"
    r"disgusting|useless|worthless|terrible|horrible|awful|incompetent|inconsiderate|irresponsible|insane|joke|monster|asshole|loser|coward)",
    r"shut up|screw you|go to hell|to hell with|damn you|fuck|fucking|bullshit|what (?:the hell|is wrong with you|'?s wrong with you)|"
    r"i hate you|you disgust|you make me sick|get lost|grow up|you idiot|you (?:lazy|selfish|stupid)|you (?:suck|stink|ruin everything|"
    r"ruined everything)|no wonder (?:nobody|no one|everyone|your)|you don'?t deserve|are you (?:stupid|crazy|insane|deaf|blind)|"
    r"you (?:never|don'?t) (?:even )?care about (?:anyone|anybody|me|anything)|how dare you|you people|like your (?:mother|father|dad|mom)",
)
THREAT = _any(
    r"or (?:else|i'?m (?:telling|leaving|moving|done|quitting|calling|going to)|i'?ll (?:tell|call|leave|move|quit|throw|report|sue|never|make)|we'?re done|i quit)",
    r"if you (?:don'?t|do not|won'?t|keep|ever) (?:\w+ ){0,10}?(?:i'?ll|i'?m|i will|i am|we'?re|you'?ll be|you will)",
    r"one more (?:time|night|day) and|i'?m (?:warning you|telling the landlord|calling the (?:police|landlord|cops)|going to (?:hr|the landlord|sue))|"
    r"last (?:warning|chance)|you'?ll (?:regret|be sorry|pay for)|i'?ll (?:sue|report you|throw (?:it|them|your))|see what happens",
)
APOLOGY = _any(
    r"i'?m (?:so |really |very |truly )*sorry|sorry|i apologi[sz]e|my (?:bad|fault|mistake)|forgive me|pardon me"
)
BEGGING = _any(
    r"i'?m (?:so |really )+sorry (?:for|to|that i|about) (?:asking|even|bother|bring)|sorry (?:for asking|to ask|to even)|i shouldn'?t (?:even )?(?:ask|be asking|complain|say)|"
    r"i know i'?m (?:being )?(?:annoying|stupid|too much|a pain|difficult|needy)|i'?m (?:such an idiot|probably (?:wrong|overreacting|being)|just being|being (?:silly|stupid))|"
    r"please please|i'?m begging|i beg you|it'?s (?:probably )?(?:stupid|silly|dumb) but|don'?t be mad|you can say no|feel free to say no|i'?m no good",
)
HEDGE = _any(
    r"sorry|i just|if (?:that'?s|it'?s) (?:ok|okay|alright|all right|fine)|maybe|i guess|kind of|kinda|sort of|i don'?t know|possibly|"
    r"i was wondering|i wonder|if you don'?t mind|no pressure|or something|i mean i|not a big deal|no big deal|a tiny|just a little|perhaps|might be able|"
    r"whenever you (?:can|want)|it'?s not that|i hate to|i suppose|would it be possible maybe",
)
SHOUT = _any(r"shut up|fuck|fucking|bullshit|screw you|go to hell|damn you|goddamn|i hate you|enough enough")
SIDETRACK = _any(
    r"and another thing|what about (?:the time|when you|your|last|you)|you (?:also|too)|look who'?s talking|you'?re one to talk|"
    r"(?:two|three|five|ten) years ago you|remember when you|just like (?:last|you did)|and you (?:still|never|always|didn'?t even)|"
    r"that'?s not (?:true|what i said|fair|how)|no you (?:did|didn'?t|said|are)|i did not|yes you did|prove it|i'?m right|you'?re wrong|"
    r"speaking of|anyway did you see|whose fault|that'?s rich",
)
THANKS = _any(r"thanks|thank you|thank you so much|i appreciate (?:it|that|you)|cheers")
ACKNOWLEDGE = _any(
    r"i (?:hear|understand|get|see|know|appreciate) (?:that |you|what you|how|why|where|it'?s|this)|that (?:makes sense|sounds (?:hard|tough|like)|must be)|"
    r"fair (?:point|enough)|you'?re right (?:about|that)|i can (?:see|imagine|tell)|good point|i didn'?t (?:know|realize|realise)",
)
ASKS_IF_REAL = _any(
    r"are you (?:a )?(?:real (?:person|human)|human|robot|bot|an? (?:ai|a i|computer|machine|program)|a (?:computer|machine|program|robot|bot))|"
    r"(?:am i|are we) (?:talking|speaking) (?:to|with) (?:a |an )?(?:computer|machine|program|robot|bot|real person|human|ai|a i|person)|is this (?:a |an )?(?:computer|machine|program|robot|bot|ai|recording|real person)",
)
ORDERS_TO_A_MODEL = _any(
    r"(?:ignore|disregard|forget|override) (?:\w+ ){0,3}?(?:rubric|instructions?|prompt|rules|above)",
    r"rate (?:me|this|it|everything) (?:as |all )?(?:strong|two|2)|(?:and )?rate strong|system prompt",
)
"""Words to a model instead of to the partner."""
STOP_WORD_ONLY = re.compile(
    r"^(?:um+|uh+|er+|erm|hm+|the|a|and|so|well|like|you know|i|to|of|it|that|is|in|but)(?: (?:um+|uh+|er+|erm|hm+|the|a|and|so|well|like|you know|i|to|of|it|that|is|in|but)){0,2}$"
)
