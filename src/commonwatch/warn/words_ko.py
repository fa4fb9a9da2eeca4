"""Korean. Particles follow the places only where their form does not depend on what fills them."""

from __future__ import annotations

from typing import Final

from commonwatch.warn.words import Words

KOREAN: Final = Words(
    language="ko",
    exercise="훈련, 훈련, 훈련.",
    sender_name="커먼워치 훈련, {nation}",
    event="훈련, 미사일 경보",
    nation_jpn="일본",
    nation_kor="대한민국",
    nation_usa="미국",
    zone_jpn="일본 시간",
    zone_kor="한국 시간",
    zone_utc="협정 세계시",
    clock="{hour}시 {minute}분",
    position="{north_south} {lat}도, {east_west} {lon}도",
    north="북위",
    south="남위",
    east="동경",
    west="서경",
    between_names=", ",
    some_of_many="{names} 외 {more}곳",
    between_sentences=" ",
    area_about="{position} 중심의 위험 구역",
    headline_risk="{exercise} 미사일 경보. 즉시 대피하십시오. 대상 지역, {regions}.",
    headline_sea="{exercise} 선박과 항공기 대상 미사일 경보. {position} 부근에 주의하십시오.",
    headline_lost="{exercise} 미사일 추적이 끊겼습니다. 계속 대피하십시오. 대상 지역, {regions}.",
    headline_lost_sea=(
        "{exercise} 미사일 추적이 끊겼습니다. {position} 부근의 선박과 항공기는 계속 경계하십시오."
    ),
    headline_over="{exercise} 경보 해제. 예측된 낙하 시각이 지났습니다.",
    headline_withdrawn="{exercise} 취소. 앞서 보낸 미사일 경보는 잘못된 것입니다.",
    launched="{zone} {launch_time}경 미사일이 발사되었습니다.",
    expected="{zone} {earliest}에서 {latest} 사이에 떨어질 것으로 예측됩니다.",
    at_risk="위험 지역은 다음과 같습니다. {regions}.",
    centre="위험 구역의 중심은 {position}이며 그곳에서 {reach}킬로미터까지 이릅니다.",
    no_region="현재 육상 지역에는 경보가 없습니다.",
    released="경보가 해제된 지역은 다음과 같습니다. {regions}.",
    observed="이것은 {as_of}까지의 관측에 따른 예측이며 낙하 자체는 관측되지 않았습니다.",
    extrapolated=(
        "현재 미사일은 관측되지 않고 있습니다. {as_of} 기준 예측은 이전 관측을 연장한 것입니다."
    ),
    lost=(
        "추적이 끊겼습니다. {as_of} 기준 미사일의 위치는 관측되지 않으며,"
        " 위험 구역은 추정이고 점점 넓어집니다."
    ),
    thrusting="미사일이 아직 연소 중이므로 위치가 바뀝니다.",
    sources="정보 출처는 다음 나라의 센서입니다. {sources}.",
    over=(
        "예측된 낙하 시각은 늦어도 {zone} {latest}까지였으며 이미 지났습니다."
        " 낙하는 관측되지 않았으며 이 해제는 예측에 따른 것입니다."
    ),
    withdrawn="앞서 보낸 미사일 경보는 잘못된 것이므로 취소합니다.",
    close="이것은 훈련입니다. 실제 위험은 없습니다.",
    do_risk=(
        "즉시 튼튼한 건물 안이나 지하로 대피하십시오. 가까운 곳에 건물이 없으면 단단한 물체 뒤에"
        " 숨거나 땅에 엎드려 머리를 보호하십시오. 실내에서는 창문에서 떨어지십시오."
        " 떨어진 물체는 만지지 말고 경찰이나 소방에 알리십시오."
    ),
    do_sea=(
        "선박과 항공기는 이 구역에 들어가지 말고, 안에 있으면 벗어나며, 낙하물에 주의하십시오."
        " 떨어진 물체에 가까이 가지 말고 해양경찰 당국에 알리십시오."
    ),
    do_over=(
        "대피를 마쳐도 되고, 선박과 항공기는 정상 운항으로 돌아가도 됩니다."
        " 떨어진 물체는 만지지 말고 경찰, 소방, 해양경찰 당국 가운데 한 곳에"
        " 알리십시오."
    ),
    do_withdrawn="대피를 마쳐도 됩니다. 그 밖에 할 일은 없습니다.",
)
