// Elements of the page, made in one line.

type Attributes = Record<string, string | number | boolean>;
type Child = Node | string;

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const found = document.createElement(name);
  setAll(found, attributes);
  found.append(...children);
  return found;
}

export function drawing<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[Name] {
  const found = document.createElementNS("http://www.w3.org/2000/svg", name);
  setAll(found, attributes);
  found.append(...children);
  return found;
}

export function setAll(found: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false) found.removeAttribute(name);
    else found.setAttribute(name, value === true ? "" : String(value));
  }
}

/** An element that is on the page. */
export function byId<Found extends HTMLElement = HTMLElement>(id: string): Found {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`there is no #${id}`);
  return found as Found;
}

export function button(text: string, onClick: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const found = element("button", { type: "button", ...attributes }, text);
  found.addEventListener("click", onClick);
  return found;
}

/** Text in which no percent sign begins a line. */
export function unbroken(text: string): string {
  return text.replace(/ %/g, "\u00a0%");
}

/** Put text into an element, which costs nothing where it is there already. */
export function write(place: Element, text: string): void {
  if (place.textContent !== text) place.textContent = text;
}
