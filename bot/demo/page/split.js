"use strict";

(() => {
  const KEY = "oratio-demo-divider";
  const WIDTH = 36;
  const sides = document.getElementById("sides");
  const divider = document.getElementById("divider");
  const tabs = [...document.querySelectorAll("[role=tab]")];

  const place = (percent) => {
    const left = Math.round(Math.min(80, Math.max(20, percent)));
    sides.style.setProperty("--left", `${left}%`);
    divider.setAttribute("aria-valuenow", String(left));
    localStorage.setItem(KEY, String(left));
  };

  const under = (event) => {
    const box = sides.getBoundingClientRect();
    return ((event.clientX - box.left) / box.width) * 100;
  };

  divider.addEventListener("pointerdown", (event) => {
    divider.setPointerCapture(event.pointerId);
    document.body.classList.add("dragging");
  });
  divider.addEventListener("pointermove", (event) => {
    if (divider.hasPointerCapture(event.pointerId)) place(under(event));
  });
  divider.addEventListener("lostpointercapture", () => document.body.classList.remove("dragging"));
  divider.addEventListener("dblclick", () => place(WIDTH));
  divider.addEventListener("keydown", (event) => {
    const now = Number(divider.getAttribute("aria-valuenow"));
    const next = { ArrowLeft: now - 2, ArrowRight: now + 2, Home: 20, End: 80 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    place(next);
  });

  const show = (tab) => {
    sides.dataset.shown = tab.getAttribute("aria-controls");
    for (const each of tabs) {
      each.setAttribute("aria-selected", String(each === tab));
      each.tabIndex = each === tab ? 0 : -1;
    }
  };

  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => show(tab));
    tab.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      const other = tabs[(index + 1) % tabs.length];
      show(other);
      other.focus();
    });
  });

  place(Number(localStorage.getItem(KEY)) || WIDTH);
})();
