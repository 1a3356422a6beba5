// Small comforts; every page of the desks works without them.
"use strict";

// 1. Watching a draft being made: when the server tells of a step, the page's middle is fetched again.
(() => {
  const source = () => document.querySelector("[data-events]");
  if (!source() || !window.EventSource) return;
  const events = new EventSource(source().dataset.events);
  let busy = false, again = false;
  const refresh = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#run");
      if (answer.ok && fresh) {
        const focused = document.activeElement && document.activeElement.closest("#run a");
        document.querySelector("#run").replaceWith(fresh);
        if (focused) (fresh.querySelector("a.button") || fresh).focus();
      }
    } catch { /* The next event, or the link on the page, tries again. */ }
    busy = false;
    if (again) { again = false; refresh(); }
  };
  events.addEventListener("trace", refresh);
  events.addEventListener("rest", async () => {
    events.close();
    await refresh();
    const now = document.querySelector("#now");
    if (now) document.querySelector("#heard").textContent = now.textContent.trim();
  });
})();

// 2. Commenting: words selected in a line are taken over as the quote.
document.addEventListener("mousedown", (event) => {
  const summary = event.target.closest && event.target.closest(".remark > summary");
  const line = summary && summary.closest(".line");
  const selection = window.getSelection();
  if (!line || !selection.rangeCount || selection.isCollapsed) return;
  const said = line.querySelector(".said"), quote = line.querySelector(".words");
  if (!quote || quote.value || !said.contains(selection.anchorNode) || !said.contains(selection.focusNode)) return;
  const copy = selection.getRangeAt(0).cloneContents();
  copy.querySelectorAll(".cite").forEach((cite) => cite.remove());
  quote.value = copy.textContent.trim();
});

// 3. Folded text opens for a link that leads into it, and on paper.
(() => {
  const open = (place) => { for (let at = place; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true; };
  const follow = () => {
    const place = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (place && place.closest("details:not([open])")) { open(place); place.scrollIntoView(); }
  };
  window.addEventListener("hashchange", follow);
  follow();
  let unfolded = [];
  window.addEventListener("beforeprint", () => {
    unfolded = [...document.querySelectorAll(".manuscript details:not([open], .remark), .verdict details:not([open])")];
    unfolded.forEach((each) => { each.open = true; });
  });
  window.addEventListener("afterprint", () => unfolded.forEach((each) => { each.open = false; }));
})();

// 4. A field one types in comes to rest above the bar with the decision as a whole, not only with its first line.
document.addEventListener("focusin", (event) => {
  if (event.target.matches("textarea") && document.querySelector(".bar")) event.target.scrollIntoView({ block: "nearest" });
});

// 5. Sliders say their value, and the new answer's first sentence is read out once it is there.
document.addEventListener("input", (event) => {
  const slider = event.target;
  if (slider.type !== "range") return;
  const output = document.querySelector(`output[for="${slider.id}"]`);
  if (!output) return;
  const value = Number(slider.value);
  output.textContent = slider.dataset.percent ? `${Math.round(value * 100)} %` : String(value);
  if (slider.dataset.percent) slider.setAttribute("aria-valuetext", output.textContent);
});
document.addEventListener("htmx:after:swap", () => {
  const sentence = document.querySelector("#sentence"), heard = document.querySelector("#heard");
  if (sentence && heard && heard.textContent !== sentence.textContent) heard.textContent = sentence.textContent;
});
