// What pages do beyond HTML; each of them works without it.
"use strict";

// A form is sent once, however often its button is pressed; its key would make a second one vain anyway.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
});

// Whoever comes back by the browser's history may send it again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
  }
});

// A refused form says so first to those who cannot see it.
document.querySelector("[data-focus]")?.focus();

// Menus close when something else is looked at.
for (const menu of document.querySelectorAll("details.menu")) {
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

// Forms of filters that need no button where they are sent by themselves.
const hideWithoutScript = () => {
  for (const button of document.querySelectorAll("[data-without-script]")) button.hidden = true;
};
hideWithoutScript();
document.addEventListener("htmx:afterSettle", hideWithoutScript);

// Prices are told again, and what is entered is kept, as somebody picks. This is no htmx: it would write an error to the
// browser's log whenever a request is overtaken by a newer one, or by the page being left.
for (const entries of document.querySelectorAll("[data-priced]")) {
  const form = entries.closest("form");
  let waiting, running;
  const tell = async () => {
    running = new AbortController();
    const asked = { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { "HX-Request": "true" }, signal: running.signal };
    try {
      const answer = await fetch(form.action, asked);
      const price = await answer.text();
      if (answer.ok && !answer.redirected && !answer.headers.has("HX-Redirect")) document.getElementById(entries.dataset.priced).innerHTML = price;
    } catch { /* Something newer was entered, or the page is left. */ }
  };
  const stop = () => { clearTimeout(waiting); running?.abort(); };
  entries.addEventListener("input", () => { stop(); waiting = setTimeout(tell, 250); });
  form.addEventListener("submit", stop);
}
