// The console works without this file. It submits what a person has chosen by a slider, and closes
// nothing, opens nothing, sends nothing else.
"use strict";
for (const slider of document.querySelectorAll("input[type=range][data-moments]")) {
  const moments = slider.dataset.moments.split(" ");
  const field = slider.form.elements.namedItem("asOf");
  const tell = () => {
    const moment = moments[Number(slider.value)];
    slider.setAttribute("aria-valuetext", moment);
    field.value = moment;
  };
  slider.addEventListener("input", tell);
  slider.addEventListener("change", () => { tell(); slider.form.submit(); });
}
for (const box of document.querySelectorAll("select[data-at-once]")) {
  box.addEventListener("change", () => box.form.submit());
}
