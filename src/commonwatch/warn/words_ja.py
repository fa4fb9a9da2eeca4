"""Japanese."""

from __future__ import annotations

from typing import Final

from commonwatch.warn.words import Words

JAPANESE: Final = Words(
    language="ja",
    exercise="訓練、訓練、訓練。",
    sender_name="コモンウォッチ訓練、{nation}",
    event="訓練、ミサイル警報",
    nation_jpn="日本",
    nation_kor="韓国",
    nation_usa="アメリカ",
    zone_jpn="日本時間",
    zone_kor="韓国時間",
    zone_utc="協定世界時",
    clock="{hour}時{minute}分",
    position="{north_south}{lat}度、{east_west}{lon}度",
    north="北緯",
    south="南緯",
    east="東経",
    west="西経",
    between_names="、",
    some_of_many="{names}、ほか{more}地域",
    between_sentences="",
    area_about="{position}を中心とする危険範囲",
    headline_risk="{exercise}ミサイル警報。直ちに避難してください。対象は{regions}です。",
    headline_sea="{exercise}船舶と航空機へのミサイル警報。{position}の付近に注意してください。",
    headline_lost="{exercise}ミサイルを見失いました。避難を続けてください。対象は{regions}です。",
    headline_lost_sea=(
        "{exercise}ミサイルを見失いました。{position}の付近の船舶と航空機は警戒を続けてください。"
    ),
    headline_over="{exercise}警報解除。予測された落下の時刻を過ぎました。",
    headline_withdrawn="{exercise}取り消し。先に出したミサイル警報は誤りでした。",
    launched="{zone}{launch_time}ごろ、ミサイルが発射されました。",
    expected="落下は{zone}{earliest}から{latest}までの間と予測されます。",
    at_risk="危険な地域は、{regions}です。",
    centre="危険範囲の中心は{position}で、そこから{reach}キロメートルまでに及びます。",
    no_region="現在、陸上の地域に警報は出ていません。",
    released="警報が解除された地域は、{regions}です。",
    observed=("これは{as_of}までの観測にもとづく予測で、落下そのものは観測されていません。"),
    extrapolated=(
        "現在、ミサイルは観測されていません。{as_of}時点の予測は、それより前の観測を延長したものです。"
    ),
    lost=(
        "追尾が途切れました。{as_of}時点でミサイルの位置は観測されておらず、"
        "危険範囲は推定であり、広がっていきます。"
    ),
    thrusting="ミサイルはまだ燃焼中のため、場所は変わります。",
    sources="情報源は、{sources}のセンサーです。",
    over=(
        "予測された落下の時刻は遅くとも{zone}{latest}までで、すでに過ぎました。"
        "落下は観測されておらず、この解除は予測にもとづくものです。"
    ),
    withdrawn="先に出したミサイル警報は誤りであり、取り消します。",
    close="これは訓練です。実際の危険はありません。",
    do_risk=(
        "直ちに頑丈な建物の中か地下に避難してください。近くに建物がなければ、物陰に身を隠すか、"
        "地面に伏せて頭を守ってください。屋内では窓から離れてください。"
        "落下物には触れず、警察か消防に連絡してください。"
    ),
    do_sea=(
        "船舶と航空機は、この範囲に入らず、中にいる場合は離れ、落下物に注意してください。"
        "落下物には近づかず、海上保安当局に連絡してください。"
    ),
    do_over=(
        "避難を終え、船舶と航空機は通常の航行に戻ってかまいません。"
        "落下物には触れず、警察、消防、海上保安当局のいずれかに連絡してください。"
    ),
    do_withdrawn="避難を終えてかまいません。ほかに必要なことはありません。",
)
