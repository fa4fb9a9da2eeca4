"""Korean. Particles follow the places only where their form does not depend on what fills them."""

from __future__ import annotations

from typing import Final

from commonwatch.warn.joint.words import JointWords

KOREAN: Final = JointWords(
    language="ko",
    title="발사에 관한 공동 평가",
    exercise="훈련: 가상의 키로 서명했으며, 어느 정부도 서명하지 않았습니다",
    parties="당사자: {nations}",
    launched="발사 {launch_id}, {date} (협정 세계시)",
    nation_jpn="일본",
    nation_kor="대한민국",
    nation_usa="미국",
    claim="발사한 측의 주장",
    tracks="항적",
    agreed="합의값",
    launch_time="발사 시각, UTC+9",
    apogee="정점 고도, km",
    range="비행 거리, km",
    flight_time="비행 시간, s",
    missiles="발사 수",
    first="최초 {value}",
    left_open="합의 없음",
    basis_sides="각 당사자의 수치에서",
    basis_one_side="{nation}의 수치",
    basis_tracks="항적에서",
    basis_physics="물리 계산에서",
    heading_figures="각 당사자의 발표",
    heading_differences="수치의 차이와 추정 원인",
    heading_physics="물리 계산에 의한 검증",
    heading_signed="서명",
    no_difference="당사자들의 수치에 차이가 없습니다.",
    difference="{quantity}: {one} {one_value}, {other} {other_value}.",
    settled="모두 최초 수치이며, 그 뒤 일치했습니다.",
    cause_corrected="최초 수치가 나중에 정정되었습니다({nation}, 최초 {number}).",
    cause_corrected_on="최초 수치가 {day}에 정정되었습니다({nation}, 최초 {number}).",
    cause_rounding="반올림만으로 {number}의 차이가 생길 수 있습니다.",
    cause_minute="시각은 분 단위입니다. 한쪽은 초를 버리고 다른 쪽은 올렸을 수 있습니다.",
    cause_two_minutes=(
        "분 단위의 버림과 올림에 더해, 역산한 발사 시각과 최초 탐지 시각의 차이 때문일 수 있습니다."
    ),
    cause_coarse_clock="시각이 십 분 단위로 반올림되었을 수 있습니다({nation}).",
    cause_curvature=(
        "가장 가까운 육지에서도 지구의 곡률 때문에 비행의 마지막 {number} km, 그리고 낙하점 상공의 "
        "고도 {height} km 미만은 보이지 않습니다({nation})."
    ),
    cause_curvature_stated="비행의 낮은 부분이 탐지되지 않았습니다({nation}).",
    cause_no_ballistic_flight=(
        "이 수치에 맞는 탄도 비행은 없습니다. 활공하거나 다시 상승한 것으로 보입니다."
    ),
    cause_irregular="변칙 비행이었으며, 활공하거나 다시 상승했습니다({nation}).",
    cause_normal_trajectory="정상 궤적을 가정한 수치입니다({nation}).",
    cause_other_missile="함께 발사된 다른 미사일의 수치일 수 있습니다.",
    cause_other_object="다른 물체를 미사일로 판단했습니다({nation}).",
    cause_unknown="원인은 알려지지 않았습니다.",
    stated="[당사자 스스로의 설명]",
    worked_out="[계산상 이것으로 설명됨]",
    possible="[가능성 있음, 확인되지 않음]",
    physics_flight="{who}: 정점 고도 {apogee} km, 비행 거리 {range} km의 탄도 비행은 "
    "{time} ± {sigma} s 걸립니다.",
    physics_none="{who}: 정점 고도 {apogee} km, 비행 거리 {range} km의 탄도 비행은 없습니다.",
    physics_lent="{who} (정점 고도: {lender})",
    physics_fits="발표된 {published} s에 부합합니다.",
    physics_misses="발표된 {published} s에 부합하지 않습니다.",
    physics_agreed="합의값",
    no_physics="정점 고도와 비행 거리의 확정값 또는 발사 지점이 없어 계산할 수 없습니다.",
    signed="{nation}, {time} UTC",
    note_sigma="±는 표준 편차입니다. 당사자들은 자신의 오차를 공표하지 않습니다.",
    note_rounding="각 당사자의 발사 시각은 분 단위입니다.",
    note_claim="발사한 측의 주장은 참고로 보이는 것이며 합의의 대상이 아닙니다.",
    between_sentences=" ",
    sources="출처",
    between=", ",
)
