"""Japanese."""

from __future__ import annotations

from typing import Final

from commonwatch.warn.joint.words import JointWords

JAPANESE: Final = JointWords(
    language="ja",
    title="発射に関する共同評価",
    exercise="訓練：模擬の鍵による署名であり、いずれの政府も署名していません",
    parties="当事者：{nations}",
    launched="発射 {launch_id}、{date}（協定世界時）",
    nation_jpn="日本",
    nation_kor="大韓民国",
    nation_usa="米国",
    claim="発射した側の主張",
    tracks="航跡",
    agreed="合意値",
    launch_time="発射時刻、UTC+9",
    apogee="最高高度、km",
    range="飛翔距離、km",
    flight_time="飛翔時間、s",
    missiles="発射数",
    first="当初 {value}",
    left_open="合意なし",
    basis_sides="各当事者の数値から",
    basis_one_side="{nation}の数値",
    basis_tracks="航跡から",
    basis_physics="物理計算から",
    heading_figures="各当事者の発表",
    heading_differences="数値の相違と考えられる原因",
    heading_physics="物理計算による検証",
    heading_signed="署名",
    no_difference="当事者の数値に相違はありません。",
    difference="{quantity}：{one} {one_value}、{other} {other_value}。",
    settled="いずれも当初の数値であり、その後一致しました。",
    cause_corrected="当初の数値が後に訂正されました（{nation}、当初 {number}）。",
    cause_corrected_on="当初の数値が {day} に訂正されました（{nation}、当初 {number}）。",
    cause_rounding="数値の丸めだけで {number} の差が生じ得ます。",
    cause_minute="時刻は分単位です。一方が秒を切り捨て、他方が切り上げた可能性があります。",
    cause_two_minutes=(
        "分単位の切り捨てと切り上げに加え、逆算した発射時刻と最初の探知時刻との差による可能性があります。"
    ),
    cause_coarse_clock="時刻が十分単位に丸められている可能性があります（{nation}）。",
    cause_curvature=(
        "最も近い陸地からは、地球の丸みにより飛翔の最後の {number} km と、落下点上空の"
        "高度 {height} km 未満が見えません（{nation}）。"
    ),
    cause_curvature_stated="飛翔の低い部分が探知されませんでした（{nation}）。",
    cause_no_ballistic_flight=(
        "これらの数値に合う弾道飛翔はありません。滑空または再上昇したとみられます。"
    ),
    cause_irregular="変則的な飛翔であり、滑空または再上昇しました（{nation}）。",
    cause_normal_trajectory="通常の軌道を仮定した数値です（{nation}）。",
    cause_other_missile="同時期に発射された別のミサイルの数値である可能性があります。",
    cause_other_object="別の物体をミサイルと判断していました（{nation}）。",
    cause_unknown="原因は分かっていません。",
    stated="［当事者自身の説明］",
    worked_out="［計算上、これで説明できる］",
    possible="［可能性あり、未確認］",
    physics_flight="{who}：最高高度 {apogee} km、飛翔距離 {range} km の弾道飛翔は {time} ± {sigma} "
    "s かかります。",
    physics_none="{who}：最高高度 {apogee} km、飛翔距離 {range} km の弾道飛翔はありません。",
    physics_lent="{who}（最高高度：{lender}）",
    physics_fits="発表された {published} s と整合します。",
    physics_misses="発表された {published} s とは整合しません。",
    physics_agreed="合意値",
    no_physics="最高高度と飛翔距離の確定値または発射地点がなく、計算できません。",
    signed="{nation}、{time} UTC",
    note_sigma="± は標準偏差です。各当事者は自らの誤差を公表していません。",
    note_rounding="各当事者の発射時刻は分単位です。",
    note_claim="発射した側の主張は参考として示すもので、合意の対象ではありません。",
    between_sentences="",
    sources="出典",
    between="、",
)
