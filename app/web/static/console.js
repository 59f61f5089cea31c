"use strict";
// Keys, printing and the progress of uploads.  Every page works without this file.
(() => {
  const shortcutsOn = document.body.dataset.shortcuts === "on";
  let afterG = false;

  const fields = "textarea, select, [contenteditable], input:not([type=radio]):not([type=checkbox])";
  const inField = (target) => target.closest(fields) !== null;
  const first = (selector) => document.querySelector(selector);
  const press = (selector) => { const one = first(selector); if (one) { one.click(); one.focus(); } return one !== null; };

  document.documentElement.classList.add("has-script");

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) { window.print(); }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.ctrlKey && event.target.form) { event.target.form.requestSubmit(); return; }
    if (!shortcutsOn || inField(event.target) || event.ctrlKey || event.altKey || event.metaKey) { return; }
    if (afterG) {
      afterG = false;
      const section = { q: "search", l: "lists", b: "bulk", a: "alerts" }[event.key];
      if (section && press(`[data-go="${section}"]`)) { event.preventDefault(); }
      return;
    }
    const done = {
      "/": () => { const box = first("#q"); if (box) { box.focus(); box.select(); } return box !== null; },
      "g": () => { afterG = true; return true; },
      "j": () => press("[data-next]"),
      "k": () => press("[data-previous]"),
      "c": () => { const box = first("[data-reason]"); if (box) { box.focus(); } return box !== null; },
      "p": () => { window.print(); return true; },
      "?": () => { window.location.assign("/shortcuts"); return true; },
    }[event.key];
    const did = done ? done() : /^[1-3]$/.test(event.key) && press(`[data-verdict="${event.key}"]`);
    if (did) { event.preventDefault(); }
  });

  // Uploads: the file may be dropped anywhere on the form, and the form says how much has been sent.
  const enhance = (form) => {
    const file = form.querySelector("input[type=file]");
    const bar = form.querySelector("progress");
    const told = form.querySelector("[data-told]");
    for (const kind of ["dragover", "dragleave", "drop"]) {
      form.addEventListener(kind, (event) => {
        event.preventDefault();
        form.classList.toggle("is-over", kind === "dragover");
        if (kind === "drop" && event.dataTransfer.files.length) { file.files = event.dataTransfer.files; }
      });
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const request = new XMLHttpRequest();
      bar.hidden = false;
      request.upload.onprogress = (sent) => {
        bar.max = sent.total;
        bar.value = sent.loaded;
        if (sent.loaded === sent.total) { bar.removeAttribute("value"); told.textContent = form.dataset.checking; }
      };
      // Lines of JSON say how many rows are checked; the last one has the place to go to, or the page to show.
      let read = 0;
      let last = {};
      const line = () => {
        const end = request.responseText.lastIndexOf("\n");
        if (end < read || !(request.getResponseHeader("Content-Type") || "").includes("ndjson")) { return; }
        last = JSON.parse(request.responseText.slice(read, end).split("\n").pop());
        read = end + 1;
        if (last.total) { bar.max = last.total; bar.value = last.done; told.textContent = `${form.dataset.checking} ${last.done} / ${last.total}`; }
      };
      request.onprogress = line;
      request.onload = () => {
        line();
        if (last.location) { window.location.assign(last.location); return; }
        if (request.status < 400 && !last.page) { window.location.assign(request.responseURL); return; }
        const page = new DOMParser().parseFromString(last.page || request.responseText, "text/html");
        document.title = page.title;
        const main = document.importNode(page.querySelector("main"), true);
        document.querySelector("main").replaceWith(main);
        main.querySelectorAll("form[data-upload]").forEach(enhance);
        const faults = main.querySelector("#faults");
        if (faults) { faults.focus(); }
      };
      request.onerror = () => { HTMLFormElement.prototype.submit.call(form); };
      request.open("POST", form.action);
      request.setRequestHeader("Accept", "application/x-ndjson, text/html");
      request.send(new FormData(form));
    });
  };
  document.querySelectorAll("form[data-upload]").forEach(enhance);

  const faults = first("#faults");
  if (faults) { faults.focus(); }
})();
