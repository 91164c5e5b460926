"use strict";
// What a page must do without a round trip to the server; everything else is in the components.
(() => {
  const root = document.documentElement;
  try { const kept = localStorage.getItem("theme"); if (kept) root.dataset.theme = kept; } catch { /* storage may be switched off */ }

  document.addEventListener("click", event => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* as above */ }
  });

  document.addEventListener("input", event => {
    const cut = event.target.closest("[data-cut]");
    if (cut) document.getElementById(cut.dataset.cut)?.style.setProperty("--cut", cut.value + "%");
  });

  document.addEventListener("keydown", event => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const button = document.querySelector("[data-primary]:not(:disabled)");
    if (button) { event.target.dispatchEvent(new Event("change", { bubbles: true })); setTimeout(() => button.click(), 60); }
  });

  for (const [kind, isOver] of [["dragenter", true], ["dragover", true], ["dragleave", false], ["drop", false]])
    document.addEventListener(kind, event => {
      const drop = event.target.closest?.(".drop");
      if (drop) drop.classList.toggle("over", isOver);
      else if (kind === "dragover" || kind === "drop") event.preventDefault(); // a picture that misses must not replace the page
    });

  // The layout editor: a canvas over the layout that strokes and rectangles are drawn on; the server gets it as a black and white PNG.
  window.lumenEditor = {
    attach(canvas, size) {
      if (canvas.dataset.attached) return;
      canvas.dataset.attached = "1";
      [canvas.width, canvas.height] = size;
      const pen = canvas.getContext("2d");
      let start = null, before = null;
      const place = event => {
        const box = canvas.getBoundingClientRect();
        return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
      };
      const colour = "rgba(255, 40, 140, 1)";
      canvas.addEventListener("pointerdown", event => {
        canvas.setPointerCapture(event.pointerId);
        start = place(event);
        before = pen.getImageData(0, 0, canvas.width, canvas.height);
        draw(event);
      });
      canvas.addEventListener("pointermove", event => { if (start) draw(event); });
      canvas.addEventListener("pointerup", () => { start = null; });
      function draw(event) {
        const at = place(event);
        pen.fillStyle = pen.strokeStyle = colour;
        if (canvas.dataset.tool === "rectangle") {
          pen.putImageData(before, 0, 0);
          pen.fillRect(Math.min(start[0], at[0]), Math.min(start[1], at[1]), Math.abs(at[0] - start[0]), Math.abs(at[1] - start[1]));
          return;
        }
        pen.lineWidth = Number(canvas.dataset.brush || 16);
        pen.lineCap = pen.lineJoin = "round";
        pen.beginPath();
        pen.moveTo(...start);
        pen.lineTo(at[0] + .01, at[1]);
        pen.stroke();
        start = at;
      }
    },
    clear(canvas) { canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height); },
    mask(canvas) {
      const mask = document.createElement("canvas");
      [mask.width, mask.height] = [canvas.width, canvas.height];
      const [from, pen] = [canvas.getContext("2d").getImageData(0, 0, mask.width, mask.height), mask.getContext("2d")];
      let marked = 0;
      for (let at = 0; at < from.data.length; at += 4) {
        const level = from.data[at + 3] > 127 ? 255 : 0;
        marked += level ? 1 : 0;
        from.data[at] = from.data[at + 1] = from.data[at + 2] = level;
        from.data[at + 3] = 255;
      }
      pen.putImageData(from, 0, 0);
      return marked ? mask.toDataURL("image/png").split(",")[1] : null;
    },
  };
})();
