"""Contact text without what identifies a person, and cleaned for models.

Masked: numbers of phones, identity cards and bank cards (full-width digits, spaces and dashes inside, spoken digits),
e-mail and web addresses, door numbers, names behind a cue or before 先生 / 女士. When in doubt it masks: no run of
seven digits is left but dates. Nothing here prints or logs a text.
"""

from __future__ import annotations

import re
import unicodedata

import pandas as pd

PHONE, LANDLINE, IDENTITY, CARD = "〔手机号〕", "〔固话〕", "〔身份证〕", "〔银行卡〕"
NUMBER, EMAIL, LINK, ADDRESS, NAME = "〔号码〕", "〔邮箱〕", "〔链接〕", "〔地址〕", "〔姓名〕"

_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code - 0xFEE0) not in ",;:!?()"}
_SPOKEN = dict(zip("〇零一幺二两三四五六七八九", "0011223456789", strict=True))

_GAP = r"[\s\-–—_·.*]{0,2}"
_DATE = r"(?<!\d)(?:19|20)\d\d(?P<mark>[-.])(?:0?[1-9]|1[0-2])(?P=mark)(?:0?[1-9]|[12]\d|3[01])(?!\d)"
_DIGITS = re.compile(rf"(?P<date>{_DATE})|(?:\+{_GAP})?\d(?:{_GAP}\d){{6,}}(?:{_GAP}[Xx](?![A-Za-z]))?")
_STARRED = re.compile(r"\d{2,}\*{2,}\d{2,}")
_SPOKEN_RUN = re.compile(rf"[{''.join(_SPOKEN)}](?:[\s、,，]?[{''.join(_SPOKEN)}]){{6,}}")
_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]+\s?@\s?[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+")
_LINK = re.compile(r"(?:https?://|www\.)[A-Za-z0-9./?=&%#_\-~:+]+")
_ROOM = r"\d{1,5}\s?(?:号楼|号院|单元|号|弄|栋|幢|座|楼|室|户)"
_STREET = (
    rf"[一-龥]{{2,4}}(?:大道|胡同|小区|花园|新村|路|街|巷|弄|苑|村)\s?{_ROOM}(?:\s?{_ROOM})*(?:\s?\d{{3,4}}(?!\d))?"
)
_ADDRESS = re.compile(rf"{_STREET}|{_ROOM}(?:\s?{_ROOM})+(?:\s?\d{{3,4}}(?!\d))?")

_SURNAME = (
    "(?:欧阳|司马|诸葛|上官|[王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤])"
)
_CUED_NAME = re.compile(
    rf"((?:我叫|名叫|姓名是|姓名|名字是|名字叫|机主是|机主|户主是|户主|联系人是|联系人|本人)[:：\s]?){_SURNAME}[一-龥]{{1,2}}"
)
_TITLED_NAME = re.compile(rf"{_SURNAME}[一-龥]{{0,2}}(?=先生|女士|小姐|师傅|经理)")

_SPACE = re.compile(r"\s+")
_REPEATED = re.compile(r"(\W|[哈啊嗯呃哎喂哦])\1{2,}")


def mask(text: str) -> str:
    """The text with what identifies a person replaced by what it was.

    >>> mask("我叫王小明，号码１３８ ００１３-８０００，查9月账单88.5元")
    '我叫〔姓名〕，号码〔手机号〕，查9月账单88.5元'
    """
    text = text.translate(_HALF_WIDTH)
    text = _LINK.sub(LINK, _EMAIL.sub(EMAIL, text))
    text = _DIGITS.sub(_what_number, text)
    text = _SPOKEN_RUN.sub(_what_spoken_number, _STARRED.sub(PHONE, text))
    return _TITLED_NAME.sub(NAME, _CUED_NAME.sub(rf"\1{NAME}", _ADDRESS.sub(ADDRESS, text)))


def clean(text: str) -> str:
    """The masked text in one width and one case, without runs of spaces, marks and fillers: what models read.

    >>> clean("喂喂喂喂，  流量ＡＰＰ用不了！！！！")
    '喂喂,流量app用不了!!'
    """
    text = unicodedata.normalize("NFKC", mask(text)).lower()
    text = _REPEATED.sub(r"\1\1", _SPACE.sub(" ", text)).strip()
    return re.sub(r"(?<=[^a-z0-9]) | (?=[^a-z0-9])", "", text)


def clean_texts(texts: pd.Series) -> pd.Series:
    """`clean` of each text; null is empty. Equal texts are cleaned once."""
    codes, uniques = pd.factorize(texts.fillna("").astype(str))
    cleaned = pd.Series(uniques, dtype=object).map(clean).to_numpy()
    return pd.Series(cleaned[codes], index=texts.index, dtype=object)


def _what_number(found: re.Match[str]) -> str:
    return found["date"] or _kind(re.sub(r"[^0-9Xx]", "", found.group()))


def _what_spoken_number(found: re.Match[str]) -> str:
    return _kind("".join(_SPOKEN.get(character, "") for character in found.group()))


def _kind(digits: str) -> str:
    bare = re.sub(r"^(?:0{0,2}86)(?=1[3-9]\d{9}$)", "", digits)
    if re.fullmatch(r"1[3-9]\d{9}", bare):
        return PHONE
    if re.fullmatch(r"[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]", digits):
        return IDENTITY
    if re.fullmatch(r"\d{16,19}", digits):
        return CARD
    return LANDLINE if re.fullmatch(r"0\d{9,11}", digits) else NUMBER
