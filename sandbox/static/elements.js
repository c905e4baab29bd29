// Buttons, overflow menus and what is typed or ticked. Selects are in selects.js.
import { el, icon, safeUrl } from "./dom.js";
import { textObject, mrkdwn } from "./mrkdwn.js";
import { ask, menu } from "./popovers.js";
import { emit } from "./state.js";
import { select } from "./selects.js";

const SOLID = { primary: "primary", danger: "danger" };

/** Asks the element's own question first, if it has one; true when the person goes on. */
export function confirmed(element) {
  const question = element.confirm;
  if (!question) return Promise.resolve(true);
  return ask({ title: textObject(question.title), text: textObject(question.text), style: question.style || "primary",
    confirm: question.confirm ? textObject(question.confirm) : "Yes", deny: question.deny ? textObject(question.deny) : "No" });
}

/** Runs `work` while `node` shows that it is busy; a second press meanwhile does nothing. */
export async function busy(node, work) {
  if (node.getAttribute("aria-busy") === "true") return;
  node.setAttribute("aria-busy", "true");
  try { await work(); } finally { node.removeAttribute("aria-busy"); }
}

function button(element, block, context) {
  const node = el("button", { type: "button", class: `button ${SOLID[element.style] ? `solid ${SOLID[element.style]}` : ""}`,
    "aria-label": element.accessibility_label || null, data: { actionId: element.action_id, blockId: block.block_id, value: element.value } },
  textObject(element.text));
  node.addEventListener("click", async () => {
    if (!(await confirmed(element))) return;
    const url = element.url && safeUrl(element.url);
    if (url) context.follow(url);
    await busy(node, () => context.press(block, element));
  });
  return node;
}

function overflow(element, block, context) {
  const node = el("button", { type: "button", class: "button square", "aria-label": "More actions", "aria-haspopup": "menu",
    data: { actionId: element.action_id, blockId: block.block_id } }, icon("dots", 16));
  const run = (option) => async () => {
    if (!(await confirmed(element))) return;
    if (option.url && safeUrl(option.url)) context.follow(option.url);
    await busy(node, () => context.choose(block, element, option));
  };
  node.addEventListener("click", () => menu(node, (element.options || []).map((option) => ({
    label: textObject(option.text), hint: option.description && textObject(option.description),
    data: { option: option.value }, run: run(option) })), { label: "More actions" }));
  return node;
}

/** Keeps a value, tells the workspace, and acts on it where the block acts at once. */
export async function changed(element, block, context, value) {
  context.set(block, element, value);
  const acts = block.type !== "input" || block.dispatch_action;
  await (acts ? context.choose(block, element, value) : context.fill(block, element, value));
}

function ticks(type) {
  return (element, block, context) => {
    const many = type === "checkbox";
    const first = many ? element.initial_options || [] : element.initial_option ? [element.initial_option] : [];
    const kept = context.has(block, element) ? [context.get(block, element)].flat() : first;
    const chosen = new Set(kept.map((option) => option.value));
    const group = `${context.place}.${block.block_id}.${element.action_id}`;
    const rows = (element.options || []).map((option) => {
      const input = el("input", { type, name: group, value: option.value, checked: chosen.has(option.value) });
      input.addEventListener("change", async () => {
        if (many && !input.checked) chosen.delete(option.value);
        else { if (!many) chosen.clear(); chosen.add(option.value); }
        const now = element.options.filter((o) => chosen.has(o.value));
        if (await confirmed(element)) await changed(element, block, context, many ? now : now[0]);
      });
      return el("label", { class: "tick" }, input, el("span", {}, textObject(option.text),
        option.description && el("small", {}, textObject(option.description))));
    });
    return el("div", { class: "ticks", role: many ? "group" : "radiogroup", data: { actionId: element.action_id, blockId: block.block_id } }, rows);
  };
}

const TYPES = { email_text_input: "email", url_text_input: "url", number_input: "number", datepicker: "date", timepicker: "time" };
const INITIAL = { datepicker: "initial_date", timepicker: "initial_time" };

function words(element, block, context) {
  const initial = element[INITIAL[element.type] || "initial_value"] ?? "";
  const value = context.has(block, element) ? context.get(block, element) : initial;
  const long = element.multiline;
  const node = el(long ? "textarea" : "input", { class: "field", type: long ? null : TYPES[element.type] || "text",
    rows: long ? 5 : null, placeholder: element.placeholder?.text, maxlength: element.max_length, minlength: element.min_length,
    min: element.min_value, max: element.max_value, "aria-label": block.label?.text || element.placeholder?.text || null,
    data: { actionId: element.action_id, blockId: block.block_id } });
  node.value = value;
  const picker = Boolean(INITIAL[element.type]);
  node.addEventListener("input", () => context.set(block, element, node.value));
  node.addEventListener("change", () => {
    if (picker) changed(element, block, context, node.value);
    else if (context.place.startsWith("view:") || context.place === "home" || !block.dispatch_action) context.fill(block, element, node.value);
  });
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || (long && !event.metaKey && !event.ctrlKey)) return;
    event.preventDefault();
    if (block.dispatch_action) sendTyped(element, block, context, node.value);
    else emit("submit-view", context.place);
  });
  return node;
}

async function sendTyped(element, block, context, value) {
  const on = element.dispatch_action_config?.trigger_actions_on || ["on_enter_pressed"];
  context.set(block, element, value);
  if (on.includes("on_enter_pressed")) await context.enter(block, element, value);
}

const two = (n) => String(n).padStart(2, "0");

/** Unix seconds as the field of the browser wants them: in the reader's own zone. */
function wallTime(seconds) {
  if (!seconds) return "";
  const at = new Date(seconds * 1000);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

function moment(element, block, context) {
  const value = context.has(block, element) ? context.get(block, element) : element.initial_date_time;
  const node = el("input", { class: "field moment", type: "datetime-local", "aria-label": block.label?.text || null,
    data: { actionId: element.action_id, blockId: block.block_id } });
  node.value = wallTime(value);
  node.addEventListener("change", () => {
    const at = new Date(node.value).getTime() / 1000;
    changed(element, block, context, Number.isFinite(at) ? at : null);
  });
  return node;
}

const KINDS = {
  button, overflow,
  workflow_button: button,
  checkboxes: ticks("checkbox"),
  radio_buttons: ticks("radio"),
  plain_text_input: words, email_text_input: words, url_text_input: words, number_input: words,
  datepicker: words, timepicker: words, datetimepicker: moment,
  image: (element) => el("img", { class: "block-thumb", src: safeUrl(element.image_url) || "", alt: element.alt_text || "",
    on: { error: (event) => event.target.remove() } }),
  mrkdwn: (element) => el("span", {}, mrkdwn(element.text, { verbatim: element.verbatim })),
  plain_text: (element) => el("span", {}, textObject(element)),
};

/** One block element; an unknown kind is left out, as Slack's clients do. */
export function elementNode(element, block, context) {
  if (!element) return null;
  if (/_select$/.test(element.type)) return select(element, block, context, changed);
  return KINDS[element.type]?.(element, block, context) ?? null;
}
