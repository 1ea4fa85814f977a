// The console works without this file. It submits what a person has chosen by a slider, and closes
// nothing, opens nothing, sends nothing else.
"use strict";
for (const slider of document.querySelectorAll("input[type=range][data-moments]")) {
  const moments = slider.dataset.moments.split(" ");
  const field = slider.form.elements.namedItem("asOf");
  // By keyboard each step is a change: the page is asked for by Enter or by the button then.
  let isHeld = false;
  slider.addEventListener("pointerdown", () => { isHeld = true; });
  slider.addEventListener("keydown", (event) => {
    isHeld = false;
    if (event.key === "Enter") slider.form.submit();
  });
  slider.addEventListener("input", () => {
    const moment = moments[Number(slider.value)];
    slider.setAttribute("aria-valuetext", moment === "now" ? moment : "index " + moment);
    field.value = moment;
  });
  slider.addEventListener("change", () => { if (isHeld) slider.form.submit(); });
}
for (const box of document.querySelectorAll("select[data-at-once]")) {
  box.addEventListener("change", () => box.form.submit());
}
