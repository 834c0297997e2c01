/** JSON as text: laid out anew without parsing, so that numbers and dates stay exactly as they were written. */

/** Compact or any other JSON, indented by two spaces as .NET's serializer does it. */
export function indentJson(json: string): string {
  let result = ''
  let depth = 0
  for (let position = 0; position < json.length; position++) {
    const character = json[position]!
    if (character === '"') {
      const end = endOfString(json, position)
      result += json.slice(position, end)
      position = end - 1
    } else if (character === '{' || character === '[') {
      const next = skipSpace(json, position + 1)
      if (json[next] === '}' || json[next] === ']') {
        result += character + json[next]
        position = next
      } else {
        result += character + newLine(++depth)
      }
    } else if (character === '}' || character === ']') {
      result += newLine(--depth) + character
    } else if (character === ',') {
      result += character + newLine(depth)
    } else if (character === ':') {
      result += ': '
    } else if (!isSpace(character)) {
      result += character
    }
  }
  return result
}

function newLine(depth: number): string {
  return `\n${'  '.repeat(Math.max(0, depth))}`
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\n' || character === '\r' || character === '\t'
}

function skipSpace(json: string, position: number): number {
  let next = position
  while (isSpace(json[next])) next++
  return next
}

/** Index behind the string that opens at `start`. */
function endOfString(json: string, start: number): number {
  let position = start + 1
  while (position < json.length && json[position] !== '"') position += json[position] === '\\' ? 2 : 1
  return position + 1
}
