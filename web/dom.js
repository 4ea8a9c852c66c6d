// Builds the page. Whatever comes from outside enters as a text node or as an attribute's value, never as markup.

// Characters that are not seen but turn the text around them, or hide in it: a name with one could pass for another.
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/** Such characters by their names: "⟨U+202E⟩". */
export function visible(text) {
  return String(text).replace(unseen, (character) =>
    `⟨U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
}
const readAloud = new Set(["aria-label", "title", "placeholder", "alt"]);

const svgNames = new Set(["svg", "path", "line", "text", "rect", "circle", "g"]);

/** An element: h("p", {class: "hint", onclick: run}, "some text", otherElement). Attributes that are false, null or
 *  undefined are left out; so are such children. */
export function h(tag, attributes, ...children) {
  const element = svgNames.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag)
                                    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : readAloud.has(name) ? visible(value) : String(value));
  }
  add(element, children);
  return element;
}

export function add(element, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === false || child === null || child === undefined) continue;
    element.append(child instanceof Node ? child : document.createTextNode(visible(child)));
  }
  return element;
}

export function fill(element, ...children) {
  element.replaceChildren();
  return add(element, children);
}

/** Sets a text only where it changed, so that nothing flickers and a selection stays. */
export function say(element, text) {
  const wanted = visible(text);
  if (element.textContent !== wanted) element.textContent = wanted;
}

export function mark(element, name, given) {
  const value = readAloud.has(name) ? visible(given) : given;
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Makes `parent` hold one child for each row, in their order. A row's element lives on while its key is there, so that
 *  what has the keyboard's focus keeps it. `make(row)` gives {element, update(row)}. */
export function each(parent, rows, keyOf, make) {
  const before = parent.kept ?? new Map();
  const kept = new Map();
  for (const row of rows) {
    const key = keyOf(row);
    const one = before.get(key) ?? make(row);
    one.update?.(row);
    kept.set(key, one);
  }
  for (const [key, one] of before) if (!kept.has(key)) one.element.remove();
  let place = parent.firstElementChild;
  for (const one of kept.values()) {
    if (one.element === place) place = place.nextElementSibling;
    else parent.insertBefore(one.element, place);
  }
  parent.kept = kept;
}

/** A modal question; resolves with true when the deed was chosen. */
export function confirmDialog(title, body, deed, dangerous = false) {
  return new Promise((resolve) => {
    const dialog = h("dialog", {"aria-labelledby": "dialog-title"},
      h("h2", {id: "dialog-title"}, title), body,
      h("form", {method: "dialog", class: "buttons"},
        h("button", {value: "no", autofocus: true, class: "quiet"}, "Cancel"),
        deed && h("button", {value: "yes", class: dangerous ? "danger" : "strong"}, deed)));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
