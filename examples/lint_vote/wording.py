"""Finds slips in the comments and texts of Python source: words often spelt wrong, and words written twice."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator

_SLIPS = """accomodate=accommodate acheive=achieve adress=address agressive=aggressive apparant=apparent
arguement=argument begining=beginning beleive=believe calender=calendar collegue=colleague comming=coming
commited=committed definately=definitely dependancy=dependency enviroment=environment existance=existence
explicitely=explicitly extention=extension familar=familiar foward=forward goverment=government heigth=height
immediatly=immediately independant=independent intial=initial lenght=length maintainance=maintenance
neccessary=necessary noticable=noticeable occassion=occasion occured=occurred occurence=occurrence
paramter=parameter persistant=persistent prefered=preferred priviledge=privilege recieve=receive
recomend=recommend refered=referred relevent=relevant reponse=response responsability=responsibility
retreive=retrieve seperate=separate similiar=similar succesful=successful suprise=surprise teh=the
tommorow=tomorrow truely=truly untill=until usefull=useful wether=whether wich=which writting=writing"""
SLIPS = dict(pair.split("=") for pair in _SLIPS.split())
"""Words that are often spelt wrong, and how they are spelt."""
_TWICE = re.compile(r"\b([a-z]{2,})\s+\1\b", re.I)
_MEANT_TWICE = frozenset({"had", "that"})
_SPOKEN = ("COMMENT", "STRING", "FSTRING_MIDDLE")


def slips_in(source: str) -> list[str]:
    """Return each slip as line and reason; of a file that is no Python, those before it stops being any."""
    return [f"{line}: {reason}" for line, text in _spoken(source) for reason in _reasons(text)]


def _spoken(source: str) -> Iterator[tuple[int, str]]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if tokenize.tok_name[token.type] in _SPOKEN:
                yield token.start[0], token.string
    except (tokenize.TokenError, SyntaxError):
        return  # for others to say


def _reasons(text: str) -> Iterator[str]:
    for word in re.findall(r"[a-z]+", text.lower()):
        if word in SLIPS:
            yield f"'{word}' is spelt '{SLIPS[word]}'"
    for hit in _TWICE.finditer(text):
        if hit[1].lower() not in _MEANT_TWICE:
            yield f"'{hit[1]}' is written twice"
