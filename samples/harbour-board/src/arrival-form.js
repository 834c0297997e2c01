/** Checks what somebody wants to put on the board. */

const fields = ['name', 'from', 'cargo']
const maxLength = 40
const maxDueIn = 600

/**
 * @param body the request's JSON, whatever it is
 * @returns `{ arrival }`, or `{ problems }`: a sentence for each field that is wrong
 */
export function readArrival(body) {
  const input = typeof body === 'object' && body !== null ? body : {}
  const problems = {}
  const arrival = {}
  for (const field of fields) {
    const text = typeof input[field] === 'string' ? input[field].trim() : ''
    if (text === '') problems[field] = `Please say the ${label(field)}.`
    else if (text.length > maxLength) problems[field] = `At most ${maxLength} letters, please.`
    arrival[field] = text
  }
  const dueIn = Number(input.dueIn ?? 30)
  if (!Number.isInteger(dueIn) || dueIn < 5 || dueIn > maxDueIn)
    problems.dueIn = `Between 5 and ${maxDueIn} minutes, please.`
  arrival.dueIn = dueIn
  return Object.keys(problems).length > 0 ? { problems } : { arrival }
}

function label(field) {
  return { name: "ship's name", from: 'port of departure', cargo: 'cargo' }[field]
}
