// A slider through the flight. The page says all that it says without this script too.
(() => {
  const player = document.getElementById("player");
  if (!player) return;
  const said = JSON.parse(document.getElementById("playback").textContent);
  const slider = player.querySelector("input"), output = player.querySelector("output");
  const marks = [...document.querySelectorAll(".now")].map(
    (mark) => [mark, mark.dataset.at.split(" ").map((at) => at.split(",").map(Number))]);
  const show = () => {
    const k = Number(slider.value);
    output.textContent = said[k];
    slider.setAttribute("aria-valuetext", said[k]);
    for (const [mark, points] of marks) {
      if (points[k]) mark.setAttribute("transform", `translate(${points[k][0]} ${points[k][1]})`);
    }
  };
  slider.max = String(said.length - 1);
  slider.addEventListener("input", show);
  slider.value = String(Math.round(said.length / 2));
  player.hidden = false;
  document.documentElement.classList.add("plays");
  show();
})();
