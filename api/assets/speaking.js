// The other person's reply, as it is spoken: shown word by word, said once to screen readers when it is whole.
// The stream itself (connecting, resuming by event id) is hx-sse's; named events arrive here as DOM events.

const voices = document.getElementById("voices");
const heard = document.getElementById("heard");
const send = document.getElementById("send");
const text = document.getElementById("text");
const trouble = document.getElementById("trouble");
const pace = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 28; // milliseconds between two words
const waiting = new WeakMap(); // element of a reply → words not shown yet, and what to do when all are

function reply(event) {
  return event.target.closest("[data-speaking] .other");
}

function state(other) {
  if (!waiting.has(other)) waiting.set(other, { words: [], timer: 0, then: null });
  return waiting.get(other);
}

function show(other) {
  const now = state(other);
  if (now.timer) return;
  const step = () => {
    const place = other.querySelector(".words");
    place.append(pace ? now.words.splice(0, 1).join("") : now.words.splice(0).join(""));
    if (now.words.length) {
      now.timer = setTimeout(step, pace);
    } else {
      now.timer = 0;
      now.then?.();
    }
  };
  step();
}

function speaking(busy) {
  send.setAttribute("aria-disabled", String(busy));
}

voices.addEventListener("piece", (event) => {
  const other = reply(event);
  if (!other) return;
  const said = JSON.parse(event.detail.data);
  if (said.speaker) other.querySelector(".speaker").textContent = said.speaker; // one of several people
  state(other).words.push(...said.text.split(/(?<=\s)/));
  show(other);
});

voices.addEventListener("reset", (event) => {
  const other = reply(event);
  if (!other) return;
  state(other).words.length = 0;
  other.querySelector(".words").textContent = "";
});

voices.addEventListener("done", (event) => {
  const other = reply(event);
  if (!other) return;
  const turn = other.closest("[data-speaking]");
  const told = JSON.parse(event.detail.data);
  state(other).then = () => finish(turn, other, told);
  show(other);
});

voices.addEventListener("failed", (event) => {
  const turn = event.target.closest("[data-speaking]");
  if (turn) location.assign(`${turn.dataset.speaking}?told=failed#said`);
});

async function finish(turn, other, told) {
  const address = turn.dataset.speaking;
  if (told.kind !== "turn") {
    location.assign(`${address}?told=${encodeURIComponent(told.kind)}#said`);
    return;
  }
  other.setAttribute("aria-busy", "false");
  heard.textContent = `${told.speaker ?? turn.dataset.persona}: ${told.reply}`;
  if (told.ended) {
    location.assign(`${address}#turn-${turn.dataset.turn}`);
    location.reload();
    return;
  }
  await htmx.ajax("GET", `${address}/turns/${turn.dataset.turn}`, { target: turn, swap: "outerHTML" });
  document.querySelectorAll("#help .hint").forEach((hint) => hint.remove());
  document.getElementById("offer")?.toggleAttribute("hidden", !told.help_offered);
  speaking(false);
}

// A new turn has begun: the words are on the page now, so the field is free for the next ones.
new MutationObserver((changes) => {
  for (const node of changes.flatMap((change) => [...change.addedNodes])) {
    if (!(node instanceof Element) || !node.matches("[data-speaking]")) continue;
    if (text.value.trim() === node.querySelector(".mine .words").textContent.trim()) text.value = "";
    trouble.textContent = "";
    speaking(true);
    text.focus();
    node.scrollIntoView({ block: "nearest" });
  }
}).observe(voices, { childList: true });

speaking(Boolean(voices.querySelector("[data-speaking]")));

send.form.addEventListener("submit", (event) => {
  if (send.getAttribute("aria-disabled") !== "true") return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  send.form.requestSubmit(send);
});
