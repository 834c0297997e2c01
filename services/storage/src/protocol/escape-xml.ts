/** Values in XML answers. */

const special = /[&<>"\r]/
const specials = /[&<>"\r]/g
const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // A parser would make a line feed of it.
  '\r': '&#xD;',
}

/** `text` for the content of an element or a quoted attribute. */
export function escapeXml(text: string): string {
  return special.test(text) ? text.replace(specials, (character) => references[character]!) : text
}

/** `<name>text</name>`, or nothing for undefined. */
export function xmlElement(name: string, text: string | number | boolean | undefined): string {
  return text === undefined ? '' : `<${name}>${escapeXml(String(text))}</${name}>`
}
