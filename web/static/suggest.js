// Suggestions below the search box: a combobox with a list, as the ARIA practices describe it
// (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/). Without this script the box is a plain one.
"use strict";

const WAIT_MS = 120;

const input = document.getElementById("q");
const list = document.getElementById("suggestions");
const count = document.getElementById("suggestion-count");

let active = -1;
let timer = 0;
let request = new AbortController();

function close() {
  clearTimeout(timer);
  request.abort();
  list.hidden = true;
  list.replaceChildren();
  count.textContent = "";
  activate(-1);
  input.setAttribute("aria-expanded", "false");
}

function activate(place) {
  list.children[active]?.setAttribute("aria-selected", "false");
  active = place;
  const option = list.children[active];
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) input.setAttribute("aria-activedescendant", option.id);
  else input.removeAttribute("aria-activedescendant");
}

function choose(option) {
  input.value = option.dataset.text;
  close();
  input.form.requestSubmit();
}

function option(suggestion, place) {
  const item = document.createElement("li");
  item.id = `suggestion-${place}`;
  item.role = "option";
  item.dataset.text = suggestion.text;
  item.setAttribute("aria-selected", "false");
  const text = document.createElement("bdi");
  text.textContent = suggestion.text;
  const note = document.createElement("span");
  note.className = "count";
  note.textContent =
    suggestion.kind === "title"
      ? list.dataset.title
      : suggestion.articles.toLocaleString(document.documentElement.lang);
  item.append(text, " ", note);
  return item;
}

function show(suggestions) {
  if (!suggestions.length) return close();
  activate(-1);
  list.replaceChildren(...suggestions.map(option));
  list.hidden = false;
  input.setAttribute("aria-expanded", "true");
  count.textContent = count.dataset.text.replace("#", suggestions.length);
}

async function ask() {
  request.abort();
  request = new AbortController();
  const { signal } = request;
  const asked = new URLSearchParams({ q: input.value });
  for (const language of new FormData(input.form).getAll("lang")) asked.append("lang", language);
  try {
    const answer = await fetch(`${input.form.dataset.suggest}?${asked}`, { signal });
    if (!answer.ok) return close();
    const { suggestions } = await answer.json();
    if (!signal.aborted) show(suggestions);
  } catch {
    if (!signal.aborted) close(); // suggestions are a help, and searching goes on without them
  }
}

function askSoon() {
  clearTimeout(timer);
  if (input.value.trim()) timer = setTimeout(ask, WAIT_MS);
  else close();
}

function move(step) {
  const places = list.children.length + 1; // one of them is the box itself
  activate(((active + 1 + step + places) % places) - 1);
}

function press(event) {
  // While an input method composes, its keys are its own. Safari ends with key code 229.
  if (event.isComposing || event.keyCode === 229 || list.hidden) return;
  if (event.key === "ArrowDown") move(1);
  else if (event.key === "ArrowUp") move(-1);
  else if (event.key === "Escape") close();
  else if (event.key === "Enter" && active >= 0) choose(list.children[active]);
  else return;
  event.preventDefault();
}

if (input) {
  input.role = "combobox";
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");
  input.addEventListener("input", (event) => event.isComposing || askSoon());
  input.addEventListener("compositionend", askSoon);
  input.addEventListener("keydown", press);
  input.addEventListener("blur", close);
  input.form.addEventListener("submit", close);
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus
  list.addEventListener("click", (event) => {
    const clicked = event.target.closest("[role=option]");
    if (clicked) choose(clicked);
  });
}
